// The papers' tables in configs/tables: every row of every edition is planned.

#include <clipwork/error.h>

#include <set>
#include <string>
#include <vector>

#include "support.h"
#include "table/table_file.h"
#include "table/table_plan.h"

using namespace clipwork;
using namespace clipwork::test;
namespace fs = std::filesystem;

namespace {

/// The table with the configs of the source tree, as nothing is installed beside a test.
std::string with_configs_of_source(std::string table) {
  const std::string installed = "\"clipwork:";
  const std::string here = cat("\"", (source_dir() / "configs").string(), "/");
  for (size_t at = 0; (at = table.find(installed, at)) != table.npos; at += here.size()) {
    table.replace(at, installed.size(), here);
  }
  return table;
}

}  // namespace

TEST(PaperTables, EveryRowOfEveryEditionIsPlanned) {
  use_built_plugins();
  ScratchFolder scratch;
  std::set<std::string> papers;
  int64_t files = 0, paper = 0, synthetic = 0;
  const fs::path folder = source_dir() / "configs" / "tables";
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.path().extension() != ".toml") continue;
    const fs::path name = fs::relative(entry.path(), folder);
    SCOPED_TRACE(name.string());
    try {
      const table::TableFile file = table::read_table_file(
          scratch.write(name.string(), with_configs_of_source(read_file(entry.path()))));
      ++files;
      papers.insert(file.paper);
      EXPECT_EQ(file.paper, name.parent_path().string());
      for (const table::Edition& edition : file.editions) {
        Faults faults;
        const table::TablePlan plan = table::plan_table(file, edition, {}, faults);
        EXPECT_EQ(faults.text(), "");
        for (const table::RowPlan& row : plan.rows) {
          EXPECT_NE(row.missing.empty(), row.runs.empty()) << row.row->name;
          (edition.name == "paper" ? paper : synthetic) += row.missing.empty() ? 1 : 0;
        }
      }
    } catch (const Error& error) {
      ADD_FAILURE() << error.what();
    }
  }
  EXPECT_EQ(papers, (std::set<std::string>{"genvis", "iai", "novis", "vita"}));
  EXPECT_GE(files, 33);
  EXPECT_GE(paper, 240);
  EXPECT_GE(synthetic, 200);
}
