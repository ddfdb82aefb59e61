#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/rand.h>
#include <ATen/ops/topk.h>
#include <c10/core/GradMode.h>
#include <clipwork/losses/points.h>
#include <clipwork/sample_points.h>
#include <clipwork/tap.h>

namespace clipwork {

void PointSettings::describe(Describer& d) {
  d("points", count, "points per mask and frame at which masks are compared").range(1, 1000000);
  d("oversample", oversample, "candidates per point").range(1, 100);
  d("importance", importance,
    "share of the points taken from the most uncertain candidates; the others are drawn at random")
      .range(0, 1);
}

Tensor draw_points(Context& context, at::IntArrayRef shape, const std::string& purpose) {
  Tensor drawn = at::rand(shape, context.random("points"), at::TensorOptions(at::kFloat));
  return tap(drawn, "draw.", purpose);
}

Tensor uncertain_points(const Tensor& logits, const PointSettings& settings,
                        const Tensor& candidates, const Tensor& random) {
  c10::NoGradGuard no_gradient;
  int64_t kept = settings.uncertain();
  Tensor uncertainty =
      sample_points(logits.detach().unsqueeze(1), candidates).squeeze(1).abs().neg();
  Tensor places = std::get<1>(at::topk(uncertainty, kept, 1));
  Tensor points = candidates.to(places.device())
                      .gather(1, places.unsqueeze(2).expand({places.size(0), kept, 2}));
  return settings.random() > 0 ? at::cat({points, random.to(points.device())}, 1) : points;
}

}  // namespace clipwork
