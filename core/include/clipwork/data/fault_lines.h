#pragma once
// Faults of data for people: many that are alike on one line.

#include <clipwork/dataset.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace clipwork {

/// The number of faults, with those that are only counted.
int64_t count_of(const std::vector<DatasetFault>& faults);

/// Whether two problems differ only in numbers and in what is quoted.
bool are_alike(std::string_view a, std::string_view b);

/// Faults that are alike are listed one by one up to this number.
inline constexpr int64_t kMostListedFaults = 3;

/// One line for each fault, "WHERE: PROBLEM; MENDED". More that are alike are one line, "60000
/// masks: PROBLEM; MENDED; the first: WHERE", in the place of the first. Beyond a hundred lines,
/// the rest is counted.
std::vector<std::string> fault_lines(const std::vector<DatasetFault>& faults);

}  // namespace clipwork
