#include "compare.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/isfinite.h>
#include <ATen/ops/ne.h>
#include <clipwork/error.h>
#include <re2/re2.h>

#include <algorithm>

namespace clipwork::parity {

namespace {

/// Names that may be left out of a comparison, each with its reason. There are none.
const std::map<std::string, std::string> kExceptions = {};

std::vector<int64_t> without_ones(at::IntArrayRef shape) {
  std::vector<int64_t> kept;
  for (int64_t side : shape) {
    if (side != 1) kept.push_back(side);
  }
  return kept;
}

std::string shape_text(at::IntArrayRef shape) {
  std::string text = "[";
  for (size_t i = 0; i < shape.size(); ++i) text += cat(i ? ", " : "", shape[i]);
  return text + "]";
}

at::Tensor apply(const Selection& selection, at::Tensor stage) {
  std::vector<int64_t> golden(selection.shape), here = stage.sizes().vec();
  if (golden != here) {
    // The stage may be stored with or without its dimensions of size 1.
    if (without_ones(golden) != without_ones(here)) {
      throw Error(
          cat("the stage is ", shape_text(here), " here and ", shape_text(golden), " in the case"));
    }
    stage = stage.reshape(golden);
  }
  for (size_t dim = 0; dim < golden.size(); ++dim) {
    if (selection.index[dim])
      stage = stage.index_select(static_cast<int64_t>(dim), *selection.index[dim]);
  }
  if (selection.reduce.empty()) return stage;
  if (selection.reduce == "count") return stage.ne(0).sum(selection.dims);
  at::Tensor real = stage.to(at::kDouble);
  if (selection.reduce == "mean") return real.mean(selection.dims);
  if (selection.reduce == "rms") return (real * real).mean(selection.dims).sqrt();
  throw InputError(cat("reduce '", selection.reduce, "' is not mean, rms or count"), "case.json");
}

bool found(const std::string& name, const char* pattern) {
  return RE2::PartialMatch(name, pattern);
}

bool is_mask(const std::string& stage) {
  return found(stage, "(masks|masks_sampled|attn_mask|allowed)$");
}

double largest(const at::Tensor& value) {
  return value.numel() ? value.abs().max().item<double>() : 0;
}

Comparison judge(const Case& golden, const std::string& name, const std::string& stage,
                 const Selection* selection, const at::Tensor& expected, const at::Tensor& actual) {
  Comparison result{name, false, 0, 0, ""};
  bool summary = selection && !selection->reduce.empty();
  if (without_ones(expected.sizes()) != without_ones(actual.sizes())) {
    result.what = cat("shape ", shape_text(actual.sizes()), " here, ", shape_text(expected.sizes()),
                      " in the case");
    return result;
  }
  at::Tensor here = actual.reshape(expected.sizes());
  if (summary &&
      (selection->reduce == "count" || (selection->reduce == "mean" && is_mask(stage)))) {
    double pixels = static_cast<double>(selection->reduced_positions());
    bool area = selection->reduce == "count";
    result.error = largest(here.to(at::kDouble) - expected.to(at::kDouble)) * (area ? 1 : pixels);
    result.limit = area ? std::max(1.0, pixels * kFlips) : pixels * kFlips;
    result.what = "differing pixels of a plane";
  } else if (expected.scalar_type() == at::kBool) {
    result.error = static_cast<double>(at::ne(here.to(at::kBool), expected).sum().item<int64_t>());
    bool flags = found(name, "(_seen|new|valid|missing)(\\.[0-9]+)?$");
    result.limit = flags ? 0 : kFlips * static_cast<double>(expected.numel());
    result.what = flags ? "differing flags" : cat("differing pixels of ", expected.numel());
  } else if (!expected.is_floating_point() || golden.kind == "rule") {
    result.error = static_cast<double>(at::ne(here, expected).sum().item<int64_t>());
    result.what = cat("differing values of ", expected.numel());
  } else {
    at::Tensor wanted = expected.to(at::kDouble), got = here.to(at::kDouble);
    if (!at::isfinite(got).equal(at::isfinite(wanted))) {
      result.what = "finite here but not in the case, or the reverse";
      return result;
    }
    result.error = largest((got - wanted).nan_to_num(0, 0, 0));
    double scale = largest(wanted.nan_to_num(0, 0, 0));
    result.what = "max abs difference";
    if (found(stage, "^loss\\.")) {
      result.limit = scale == 0 ? 1e-12 : 1e-4 * scale;
    } else if (found(stage, "^(grad|delta|param|norm|grad_norm)\\.")) {
      result.limit = 1e-3 * scale + 1e-7;
    } else if (found(stage,
                     "(^|\\.)(preprocessed|scale_factor)$|(^|\\.)(backbone|pixel_decoder)\\.")) {
      result.limit = 2e-5 * std::max(1.0, scale);
    } else {
      result.limit = 2e-4 * std::max(1.0, scale);
    }
  }
  result.passed = result.error <= result.limit;
  return result;
}

}  // namespace

std::vector<Comparison> compare(const Case& golden, const NamedTensors& stages) {
  std::vector<Comparison> results;
  for (const auto& [name, expected] : golden.outputs) {
    if (auto exception = kExceptions.find(name); exception != kExceptions.end()) {
      results.push_back({name, true, 0, 0, "skipped: " + exception->second});
      continue;
    }
    auto selected = golden.select.find(name);
    const Selection* selection = selected == golden.select.end() ? nullptr : &selected->second;
    const std::string& stage = selection ? selection->from : name;
    auto computed = stages.find(stage);
    if (computed == stages.end()) {
      results.push_back({name, false, 0, 0, cat("stage '", stage, "' was not computed")});
      continue;
    }
    try {
      at::Tensor actual = selection ? apply(*selection, computed->second) : computed->second;
      results.push_back(judge(golden, name, stage, selection, expected, actual));
    } catch (const Error& error) {
      results.push_back({name, false, 0, 0, error.what()});
    }
  }
  return results;
}

}  // namespace clipwork::parity
