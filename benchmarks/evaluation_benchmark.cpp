// The evaluator on a pair of files of a large validation set's size, and run-length codes of a full
// picture. One thread, CPU time.
//
//   evaluation_benchmark                  prints the times
//   evaluation_benchmark --write DIR      writes gt.json and results.json for `clipwork eval`

#include <ATen/Parallel.h>
#include <ATen/ops/zeros.h>
#include <benchmark/benchmark.h>
#include <clipwork/host/evaluation.h>

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <string>

#include "evaluation_pair.h"

namespace fs = std::filesystem;
using namespace clipwork;

namespace {

/// A folder with the pair, made once and removed at the end.
class Pair {
 public:
  Pair() {
    std::string pattern = (fs::temp_directory_path() / "clipwork-benchmark-XXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
    benchmarks::write_evaluation_pair(folder_);
  }
  ~Pair() {
    std::error_code ignored;
    fs::remove_all(folder_, ignored);
  }
  GroundTruth truth() const { return read_ground_truth(folder_ / "gt.json"); }
  Results results() const { return read_results(folder_ / "results.json"); }

 private:
  fs::path folder_;
};

const Pair& pair() {
  static const Pair pair;
  return pair;
}

void read_files(benchmark::State& state) {
  pair();
  for (auto _ : state) {
    benchmark::DoNotOptimize(pair().truth());
    benchmark::DoNotOptimize(pair().results());
  }
}

/// `measure(truth, results)`, files read before.
template <class Measure>
void scored(benchmark::State& state, Measure&& measure) {
  const GroundTruth truth = pair().truth();
  const Results results = pair().results();
  for (auto _ : state) benchmark::DoNotOptimize(measure(truth, results));
}

/// 720x1280 with a blob of about 900 runs.
at::Tensor picture() {
  at::Tensor mask = at::zeros({720, 1280}, at::kBool);
  auto* pixels = mask.mutable_data_ptr<bool>();
  for (int64_t x = 400; x < 850; ++x) {
    const double across = (static_cast<double>(x) - 625) / 225.5;
    const double half = 250 * std::sqrt(1 - across * across) + (x % 7) - 3;
    const auto top = static_cast<int64_t>(360 - half), bottom = static_cast<int64_t>(360 + half);
    for (int64_t y = top; y < bottom; ++y) pixels[y * 1280 + x] = true;
  }
  return mask;
}

void encode(benchmark::State& state) {
  const at::Tensor mask = picture();
  for (auto _ : state) benchmark::DoNotOptimize(MaskRle::from_tensor(mask));
  state.counters["runs"] = static_cast<double>(MaskRle::from_tensor(mask).counts.size());
}

void decode(benchmark::State& state) {
  const MaskRle code = MaskRle::from_tensor(picture());
  for (auto _ : state) benchmark::DoNotOptimize(code.to_tensor());
}

}  // namespace

BENCHMARK(read_files)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(scored, evaluate, [](const auto& truth, const auto& results) {
  return evaluate(truth, results);
}) -> Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(scored, evaluate_frames, [](const auto& truth, const auto& results) {
  return evaluate_frames(truth, results);
}) -> Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(scored, evaluate_tracking, [](const auto& truth, const auto& results) {
  return evaluate_tracking(truth, results, -1);
}) -> Unit(benchmark::kMillisecond);
BENCHMARK(encode)->Unit(benchmark::kMicrosecond);
BENCHMARK(decode)->Unit(benchmark::kMicrosecond);

int main(int argc, char** argv) {
  if (argc == 3 && std::string(argv[1]) == "--write") {
    fs::create_directories(argv[2]);
    benchmarks::write_evaluation_pair(argv[2]);
    return 0;
  }
  at::set_num_threads(1);
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
