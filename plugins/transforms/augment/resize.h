#pragma once
// Pictures of another size.

#include <clipwork/parameters.h>
#include <clipwork/samples.h>

#include <vector>

namespace clipwork::augment {

/// All frames of a clip resized to one size; masks by the nearest pixel.
class Resize final : public Transform {
 public:
  struct Parameters {
    enum class Rule { shortest_edge, cv_fit } resize = Rule::shortest_edge;
    /// One of the edges, or a length from the smallest to the largest of them.
    enum class Choose { choice, range } choose = Choose::choice;
    std::vector<int64_t> short_edges = {360}, long_edges = {1333};
    void describe(Describer& d);
  };
  static Contract contract(const Parameters& parameters, const Given&);
  Resize(const Parameters& parameters, const Given&) : parameters_(parameters) {}
  void operator()(Sample& sample, Draw& draw) const override;

 private:
  Parameters parameters_;
};

enum class Nearest { pil, cv };
/// Bool [..., H, W] at another size: each pixel the nearest of the source, to the pixel as PIL's
/// NEAREST or OpenCV's INTER_NEAREST choose it.
Tensor resize_masks(const Tensor& masks, Size size, Nearest nearest);
/// Frames as PIL or OpenCV resize them, masks and boxes with them.
void resize_sample(Sample& sample, Size size, Nearest nearest);

}  // namespace clipwork::augment
