#include <ATen/ops/full.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>
#include <clipwork/assignment.h>
#include <clipwork/context.h>
#include <clipwork/error.h>

#include <algorithm>
#include <limits>
#include <numeric>
#include <set>

#include "support.h"

using namespace clipwork;
using at::Tensor;

namespace {

using Columns = std::vector<int64_t>;

Tensor matrix(const std::vector<double>& values, int64_t rows) {
  return at::tensor(values, at::kDouble).view({rows, -1});
}

Tensor random(int64_t rows, int64_t columns, uint64_t seed) {
  Generators generators(seed);
  return at::randn({rows, columns}, generators("costs"), at::TensorOptions(at::kDouble));
}

double total(const Tensor& cost, const Assignment& assignment) {
  double sum = 0;
  for (size_t i = 0; i < assignment.rows.size(); ++i) {
    sum += cost[assignment.rows[i]][assignment.columns[i]].item<double>();
  }
  return sum;
}

/// The least total over every way to give each row of a wide matrix a column of its own.
double least_of_all(const Tensor& cost) {
  Tensor wide = cost.size(0) <= cost.size(1) ? cost : cost.t();
  Columns columns(wide.size(1));
  std::iota(columns.begin(), columns.end(), int64_t{0});
  double least = std::numeric_limits<double>::infinity();
  do {
    double sum = 0;
    for (int64_t r = 0; r < wide.size(0); ++r) sum += wide[r][columns[r]].item<double>();
    least = std::min(least, sum);
  } while (std::next_permutation(columns.begin(), columns.end()));
  return least;
}

void expect_one_to_one(const Tensor& cost, const Assignment& assignment) {
  EXPECT_EQ(assignment.rows.size(), static_cast<size_t>(std::min(cost.size(0), cost.size(1))));
  EXPECT_EQ(assignment.rows.size(), assignment.columns.size());
  EXPECT_TRUE(std::is_sorted(assignment.rows.begin(), assignment.rows.end()));
  EXPECT_EQ(std::set(assignment.rows.begin(), assignment.rows.end()).size(),
            assignment.rows.size());
  EXPECT_EQ(std::set(assignment.columns.begin(), assignment.columns.end()).size(),
            assignment.columns.size());
}

}  // namespace

TEST(LeastCost, IsTheLeastOfAllAssignmentsOfSmallMatrices) {
  for (auto [rows, columns] : std::vector<std::pair<int64_t, int64_t>>{
           {1, 1}, {1, 4}, {4, 1}, {3, 3}, {3, 5}, {5, 3}, {5, 5}}) {
    for (uint64_t seed = 0; seed < 5; ++seed) {
      Tensor cost = random(rows, columns, seed);
      Assignment assignment = assign_least_cost(cost);
      expect_one_to_one(cost, assignment);
      EXPECT_NEAR(total(cost, assignment), least_of_all(cost), 1e-12) << rows << " x " << columns;
    }
  }
}

TEST(LeastCost, TakesTheAssignmentThatSciPyTakesAmongEquals) {
  // Matrices with six to sixteen best assignments, and what SciPy 1.17 answers.
  Assignment square =
      assign_least_cost(matrix({1, 0, 1, 2, 1, 2, 1, 1, 2, 1, 2, 0, 2, 2, 2, 0}, 4));
  EXPECT_EQ(square.columns, (Columns{1, 0, 3, 2}));
  Assignment wide = assign_least_cost(matrix({1, 0, 2, 1, 0, 2,  //
                                              2, 1, 2, 2, 1, 2,  //
                                              2, 0, 2, 1, 1, 1,  //
                                              1, 0, 0, 2, 0, 0},
                                             4));
  EXPECT_EQ(wide.columns, (Columns{4, 2, 1, 5}));
  Assignment tall = assign_least_cost(matrix({0, 2, 0, 1, 0, 0, 1, 0, 0, 2, 0, 0, 0, 2, 2}, 5));
  EXPECT_EQ(tall.rows, (Columns{0, 1, 2}));
  EXPECT_EQ(tall.columns, (Columns{0, 1, 2}));
}

TEST(LeastCost, FollowsTheDiagonalWhereAllCostsAreEqual) {
  EXPECT_EQ(assign_least_cost(at::full({4, 4}, 2.5)).columns, (Columns{0, 1, 2, 3}));
  EXPECT_EQ(assign_least_cost(at::zeros({2, 4})).columns, (Columns{0, 1}));
}

TEST(LeastCost, FindsAHiddenPermutationOfALargeMatrix) {
  Tensor cost = random(120, 120, 3).abs().add(1);
  Columns hidden(120);
  for (int64_t r = 0; r < 120; ++r) {
    hidden[r] = (r * 37 + 5) % 120;
    cost[r][hidden[r]] = 0;
  }
  EXPECT_EQ(assign_least_cost(cost).columns, hidden);
}

TEST(LeastCost, IsTheSameHoweverALargeMatrixIsShiftedOrTurned) {
  for (auto [rows, columns] :
       std::vector<std::pair<int64_t, int64_t>>{{60, 60}, {40, 90}, {90, 40}}) {
    Tensor cost = random(rows, columns, 4);
    Assignment assignment = assign_least_cost(cost);
    expect_one_to_one(cost, assignment);
    // One number more in the lines that are all used changes every total alike.
    Tensor shifted = cost.add(random(rows <= columns ? rows : 1, rows <= columns ? 1 : columns, 5));
    EXPECT_EQ(assign_least_cost(shifted).columns, assignment.columns);
    EXPECT_NEAR(total(cost.t(), assign_least_cost(cost.t())), total(cost, assignment), 1e-9);
  }
}

TEST(LeastCost, OfAMatrixWithoutRowsOrColumnsIsEmpty) {
  EXPECT_TRUE(assign_least_cost(at::zeros({0, 5})).rows.empty());
  EXPECT_TRUE(assign_least_cost(at::zeros({5, 0})).rows.empty());
}

TEST(LeastCost, RefusesCostsThatAreNotNumbersAndNamesTheEntry) {
  double bad[] = {std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity(),
                  -std::numeric_limits<double>::infinity()};
  for (double value : bad) {
    Tensor cost = at::zeros({2, 3});
    cost[1][2] = value;
    try {
      assign_least_cost(cost);
      ADD_FAILURE() << value << " was taken";
    } catch (const Error& error) {
      EXPECT_NE(std::string(error.what()).find("row 1 and column 2"), std::string::npos);
    }
    EXPECT_THROW(assign_greedily(cost), Error);
  }
  EXPECT_THROW(assign_least_cost(at::zeros({4})), Error);
}

TEST(Greedily, TakesTheCheapestFreePairFirstThoughTheTotalSuffers) {
  Tensor cost = matrix({1, 2, 2, 9}, 2);
  EXPECT_EQ(assign_greedily(cost).columns, (Columns{0, 1}));
  EXPECT_EQ(assign_least_cost(cost).columns, (Columns{1, 0}));
}

TEST(Greedily, TakesTheFirstOfEqualPairsAndLeavesWhatIsTooMany) {
  EXPECT_EQ(assign_greedily(at::zeros({2, 3})).columns, (Columns{0, 1}));
  Assignment tall = assign_greedily(matrix({5, 4, 1, 2, 3, 0}, 3));
  EXPECT_EQ(tall.rows, (Columns{1, 2}));
  EXPECT_EQ(tall.columns, (Columns{0, 1}));
  EXPECT_TRUE(assign_greedily(at::zeros({0, 5})).rows.empty());
}

TEST(Assign, FollowsTheRuleThatIsAskedFor) {
  Tensor cost = matrix({1, 2, 2, 9}, 2);
  EXPECT_EQ(assign(cost, AssignmentRule::greedy).columns, (Columns{0, 1}));
  EXPECT_EQ(assign(cost, AssignmentRule::least_cost).columns, (Columns{1, 0}));
}
