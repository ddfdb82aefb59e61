#pragma once
// The logged values of a training: curves of named values.

#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace clipwork::runs {

/// A value over the steps of a training, in order.
struct Curve {
  struct Point {
    double step = 0, value = 0;
  };
  std::vector<Point> points;
};

/// The curves of a run, by key, in the order in which keys were met.
struct Scalars {
  std::string run;  ///< for people
  std::vector<std::string> keys;
  std::map<std::string, Curve> curves;
};

/// Reads `scalars.jsonl`, or the one in a run folder: a line of JSON a step, under "iter" or "step"
/// its number. Values that are not numbers are skipped, and of two lines of one step the later one
/// is used (a resumed run). Throws InputError where there is no such file, or nothing in it.
Scalars read_scalars(const std::filesystem::path& path);

/// The running mean that gives each earlier step `weight` of the one behind it (0: as it is), with
/// what the first steps lack made up for.
Curve smoothed(const Curve& curve, double weight);

/// At most `most` points: means of as many pieces.
Curve thinned(const Curve& curve, size_t most);

}  // namespace clipwork::runs
