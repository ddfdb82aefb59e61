// The loader: batches do not depend on how many threads or processes make them.

#include <clipwork/error.h>
#include <clipwork/host/sample_loader.h>
#include <clipwork/samples.h>
#include <gmock/gmock.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <set>
#include <thread>

using namespace clipwork;
using testing::HasSubstr;
using namespace std::chrono_literals;

namespace {

/// Samples that are their number and what was drawn; the first ones take longest.
class Numbered : public Samples {
 public:
  explicit Numbered(int64_t size) : size_(size) {}
  const std::vector<Category>& categories() const override { return categories_; }
  int64_t size() const override { return size_; }
  Sample sample(int64_t index, Draw draw) const override {
    ++made;
    most_at_once = std::max<int>(most_at_once, ++at_once);
    if (index % 3 == 0) std::this_thread::sleep_for(1ms);
    if (delay > 0ms) std::this_thread::sleep_for(delay);
    --at_once;
    if (index == faulty) throw InputError("cannot be read", cat("video ", index, " (dogs)"));
    Sample sample;
    sample.name = cat(index, ":", draw.integer(0, 1000000));
    return sample;
  }
  mutable std::atomic<int> made = 0, at_once = 0, most_at_once = 0;
  int64_t faulty = -1;
  std::chrono::milliseconds delay = 0ms;

 private:
  int64_t size_;
  std::vector<Category> categories_;
};

using Names = std::vector<std::string>;

Names names(const std::vector<Sample>& samples) {
  Names all;
  for (const Sample& sample : samples) all.push_back(sample.name);
  return all;
}

std::vector<Names> batches(const SampleLoader::Options& options, int count) {
  SampleLoader loader(std::make_shared<Numbered>(10), options);
  std::vector<Names> all;
  for (int i = 0; i < count; ++i) all.push_back(names(loader.next()));
  return all;
}

/// The number of a sample, without what was drawn.
int64_t index_of(const std::string& name) { return std::stoll(name); }

}  // namespace

TEST(SampleLoader, BatchesAreTheSameForAnyNumberOfWorkers) {
  SampleLoader::Options options;
  options.seed = 5;
  options.batch = 3;
  options.workers = 0;
  const std::vector<Names> alone = batches(options, 12);
  for (const int64_t workers : {1, 3}) {
    for (const int64_t ahead : {1, 4}) {
      options.workers = workers;
      options.ahead = ahead;
      EXPECT_EQ(batches(options, 12), alone) << workers << " workers, " << ahead << " ahead";
    }
  }
  options.seed = 6;
  EXPECT_NE(batches(options, 12), alone);
}

TEST(SampleLoader, AResumedRunGetsTheBatchesThatWouldHaveFollowed) {
  SampleLoader::Options options;
  options.batch = 3;
  options.workers = 2;
  const std::vector<Names> whole = batches(options, 12);
  options.first_batch = 7;
  options.workers = 1;
  EXPECT_EQ(batches(options, 5), std::vector<Names>(whole.begin() + 7, whole.end()));
}

TEST(SampleLoader, BatchesOfTwoProcessesAreTheHalvesOfOnesWithTwiceTheBatch) {
  SampleLoader::Options options;
  options.batch = 4;
  const std::vector<Names> whole = batches(options, 6);
  options.batch = 2;
  options.processes = 2;
  const std::vector<Names> first = batches(options, 6);
  options.rank = 1;
  const std::vector<Names> second = batches(options, 6);
  for (size_t i = 0; i < whole.size(); ++i) {
    Names both = first[i];
    both.insert(both.end(), second[i].begin(), second[i].end());
    EXPECT_EQ(both, whole[i]);
  }
}

TEST(SampleLoader, EveryEpochHasEverySampleOnceInAnotherOrderAndAnotherDraw) {
  SampleLoader::Options options;
  options.batch = 5;
  const std::vector<Names> all = batches(options, 4);
  std::vector<std::vector<int64_t>> epochs(2);
  std::set<std::string> drawn;
  for (size_t i = 0; i < all.size(); ++i) {
    for (const std::string& name : all[i]) {
      epochs[i / 2].push_back(index_of(name));
      drawn.insert(name);
    }
  }
  EXPECT_NE(epochs[0], epochs[1]);
  EXPECT_EQ(drawn.size(), 20u);
  for (std::vector<int64_t>& epoch : epochs) {
    std::sort(epoch.begin(), epoch.end());
    for (int64_t i = 0; i < 10; ++i) EXPECT_EQ(epoch[static_cast<size_t>(i)], i);
  }
  options.shuffle = false;
  const std::vector<Names> in_order = batches(options, 4);
  EXPECT_EQ(index_of(in_order[0][0]), 0);
  EXPECT_EQ(index_of(in_order[1][4]), 9);
  EXPECT_EQ(index_of(in_order[2][0]), 0);
}

TEST(SampleLoader, NoMoreBatchesLieReadyThanAllowed) {
  auto samples = std::make_shared<Numbered>(1000);
  SampleLoader::Options options;
  options.batch = 4;
  options.workers = 3;
  options.ahead = 2;
  SampleLoader loader(samples, options);
  const auto settles_at = [&](int count) {
    for (int i = 0; i < 2000 && samples->made < count; ++i) std::this_thread::sleep_for(1ms);
    std::this_thread::sleep_for(30ms);
    return samples->made.load();
  };
  EXPECT_EQ(settles_at(8), 8);
  loader.next();
  EXPECT_EQ(settles_at(12), 12);
}

TEST(SampleLoader, WorkersMakeSamplesOfABatchAtTheSameTime) {
  auto samples = std::make_shared<Numbered>(100);
  samples->delay = 20ms;
  SampleLoader::Options options;
  options.batch = 3;
  options.workers = 3;
  options.ahead = 1;
  SampleLoader loader(samples, options);
  loader.next();
  EXPECT_EQ(samples->most_at_once, 3);
}

TEST(SampleLoader, WhatAWorkerThrowsReachesWhoAsksForTheBatch) {
  for (const int64_t workers : {0, 2}) {
    auto samples = std::make_shared<Numbered>(10);
    samples->faulty = 7;
    SampleLoader::Options options;
    options.batch = 2;
    options.workers = workers;
    options.shuffle = false;
    SampleLoader loader(samples, options);
    for (int i = 0; i < 3; ++i) EXPECT_EQ(loader.next().size(), 2u);
    try {
      loader.next();
      ADD_FAILURE() << "nothing was thrown";
    } catch (const InputError& error) {
      EXPECT_THAT(error.what(), HasSubstr("video 7 (dogs)"));
    }
    EXPECT_EQ(index_of(loader.next()[0].name), 8) << "the batch after it is there";
  }
}

TEST(SampleLoader, ItEndsWhileWorkersAreBusy) {
  const auto start = std::chrono::steady_clock::now();
  {
    auto samples = std::make_shared<Numbered>(1000);
    samples->delay = 20ms;
    SampleLoader::Options options;
    options.batch = 50;
    options.workers = 3;
    SampleLoader loader(samples, options);
    while (samples->made < 3) std::this_thread::sleep_for(1ms);
  }
  EXPECT_LT(std::chrono::steady_clock::now() - start, 1s) << "a batch of 50 would take 330 ms";
}

TEST(SampleLoader, SaysHowLongItWasWaitedFor) {
  auto samples = std::make_shared<Numbered>(100);
  samples->delay = 20ms;
  SampleLoader::Options options;
  options.batch = 2;
  SampleLoader loader(samples, options);
  loader.next();
  EXPECT_GT(loader.waited_seconds(), 0.03);
}

TEST(SampleLoader, NoSamplesAreRefused) {
  EXPECT_THROW(SampleLoader(std::make_shared<Numbered>(0), {}), InputError);
}
