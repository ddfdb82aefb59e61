#pragma once
// The test kit in GoogleTest's words. Only this header of the kit needs GoogleTest.

#include <clipwork/testing/contract_suite.h>
#include <clipwork/testing/difference.h>
#include <gtest/gtest.h>

namespace clipwork::test {

/// EXPECT_TRUE(close(found, expected, {1e-6})): fails with the places that differ.
inline ::testing::AssertionResult close(const Tensor& found, const Tensor& expected,
                                        Tolerance tolerance = {}) {
  const std::string text = difference(found, expected, tolerance);
  if (text.empty()) return ::testing::AssertionSuccess();
  return ::testing::AssertionFailure() << text;
}

/// EXPECT_TRUE(keeps_contract("tracker", "nearest_mask")): fails with the checks that found a
/// fault, and on success says what was checked and what was skipped.
inline ::testing::AssertionResult keeps_contract(const std::string& kind, const std::string& name,
                                                 const ContractSetup& setup = {}) {
  const ContractReport report = check_contract(kind, name, setup);
  const std::string text = kind + " '" + name + "'\n" + report.text();
  return report.faults.empty() ? ::testing::AssertionSuccess() << text
                               : ::testing::AssertionFailure() << text;
}

}  // namespace clipwork::test
