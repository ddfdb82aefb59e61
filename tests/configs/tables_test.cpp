// What the table files say beside their rows; tests/runner/table/paper_tables_test.cpp plans these.

#include <clipwork/host/config.h>

#include <optional>
#include <string>
#include <vector>

#include "config/toml_reader.h"
#include "support.h"

using namespace clipwork;
using namespace clipwork::test;
namespace fs = std::filesystem;

/// NOVIS' Table 4 measures nothing: its rows are settings of configs.
TEST(Tables, HyperparametersAreThoseOfTheConfigs) {
  const fs::path configs = source_dir() / "configs";
  const fs::path file = configs / "tables/novis/table4.toml";
  Faults faults;
  const std::optional<Value> table = parse_toml(read_file(file), file.string(), faults);
  faults.raise();
  std::vector<std::string> found, expected;
  for (const Value& row : *table->find("row")->array()) {
    found.push_back(*row.find("missing")->text());
  }
  for (const char* name : {"ytvis2019_r50", "ytvis2021_r50", "ovis_r50"}) {
    const Config config = load_config((configs / "novis" / cat(name, ".toml")).string());
    const auto& milestones = *config.find("train.milestones")->array();
    expected.push_back(cat("settings of clipwork:novis/", name,
                           ".toml: ", *config.find("train.steps")->integer(), " steps, milestones ",
                           *milestones.at(0).integer(), " and ", *milestones.at(1).integer(),
                           ", top_k ", *config.find("tracks.top_k")->integer()));
  }
  EXPECT_EQ(found, expected);
}

TEST(Tables, TheIndexIsThatOfTheFiles) {
  const ProgramResult result =
      run_program((source_dir() / "tools" / "table_index.py").string() + " --check");
  EXPECT_EQ(result.code, 0) << result.errors;
}
