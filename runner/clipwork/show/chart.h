#pragma once
// Charts of curves: axes, grid, a colour for each run.

#include <clipwork/figure.h>

#include <string>
#include <vector>

#include "show/scalars.h"

namespace clipwork::runs {

struct ChartOptions {
  double smooth = 0;          ///< weight of `smoothed`; the values themselves stand faintly behind
  bool logarithmic = false;   ///< values, where all of a chart are positive
  std::string axis = "step";  ///< what the horizontal axis shows
};

/// A chart for each key, in two columns, and above them which colour is whose. A chart leaves out
/// runs that have no such key.
Figure draw_charts(const std::vector<Scalars>& runs, const std::vector<std::string>& keys,
                   const ChartOptions& options);

/// Round numbers within [low, high], about `wanted` of them, evenly spread.
std::vector<double> ticks(double low, double high, int wanted);

}  // namespace clipwork::runs
