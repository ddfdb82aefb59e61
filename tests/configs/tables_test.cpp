// Every row of the papers' tables resolves, in each edition that runs it, to values of its own.

#include <clipwork/host/config.h>
#include <clipwork/host/plan.h>

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "config/toml_reader.h"
#include "support.h"

using namespace clipwork;
using namespace clipwork::test;
namespace fs = std::filesystem;

namespace {

using Settings = std::vector<Override>;

Value table_file(const fs::path& file) {
  Faults faults;
  std::optional<Value> table = parse_toml(read_file(file), file.string(), faults);
  faults.raise();
  return *table;
}

std::vector<fs::path> table_files() {
  std::vector<fs::path> files;
  for (const auto& entry : fs::recursive_directory_iterator(source_dir() / "configs" / "tables")) {
    if (entry.path().extension() == ".toml") files.push_back(entry.path());
  }
  return files;
}

std::string text_of(const Value& table, const std::string& key) {
  const Value* value = table.find(key);
  return value ? *value->text() : std::string();
}

void add(const Value& table, const std::string& key, Settings& settings) {
  const Value* list = table.find(key);
  if (!list) return;
  for (const Value& one : *list->array()) settings.emplace_back(*one.text(), key);
}

/// "clipwork:novis/ovis_r50.toml" in the source tree.
std::string file_of(const std::string& config) {
  const std::string installed = "clipwork:";
  EXPECT_TRUE(config.starts_with(installed)) << config;
  return (source_dir() / "configs" / config.substr(installed.size())).string();
}

struct Row {
  Value table;
  std::string name;
  Settings grid;  ///< the combination that it is
};

std::vector<Row> expanded(const Value& table) {
  std::vector<Row> rows = {{table, text_of(table, "name"), {}}};
  const Value* grid = table.find("grid");
  if (!grid) return rows;
  for (const Value::Member& axis : *grid->table_members()) {
    const std::string place = cat("{", axis.key, "}");
    std::vector<Row> next;
    for (const Row& row : rows) {
      for (const Value& value : *axis.value.array()) {
        Row more = row;
        more.name.replace(more.name.find(place), place.size(), value.toml());
        more.grid.emplace_back(cat(axis.key, "=", value.toml()), "grid");
        next.push_back(more);
      }
    }
    rows = next;
  }
  return rows;
}

/// One edition of a table: the configs of its rows.
class Edition {
 public:
  Edition(const Value& table, const std::string& name) : name_(name) {
    edition_ = table.find("edition." + name);
    for (const Value& row : *table.find("row")->array()) {
      for (Row& one : expanded(row)) rows_.push_back(std::move(one));
    }
    for (const Row& row : rows_) by_name_[row.name] = &row;
    EXPECT_EQ(by_name_.size(), rows_.size()) << "names of rows are unique";
    const std::string reference = text_of(table, "reference");
    EXPECT_TRUE(reference.empty() || by_name_.count(reference)) << reference;
  }
  int64_t check() {
    int64_t checked = 0;
    for (const Row& row : edition_ ? rows_ : std::vector<Row>()) {
      if (!runs(row)) continue;
      SCOPED_TRACE(cat(name_, ": ", row.name));
      check(row);
      ++checked;
    }
    return checked;
  }

 private:
  std::string name_;
  const Value* edition_ = nullptr;
  std::vector<Row> rows_;
  std::map<std::string, const Row*> by_name_;
  std::map<std::string, std::string> known_;  ///< rows by what they resolve to

  std::string own(const Row& row, const char* key) const {
    return text_of(row.table, cat(name_, "_edition.", key));
  }
  bool runs(const Row& row) const {
    const Value* ours = row.table.find("ours");
    return !(ours && !*ours->boolean()) && text_of(row.table, "missing").empty() &&
           own(row, "missing").empty();
  }
  void add_both(const Row& row, const char* key, Settings& settings) const {
    add(row.table, key, settings);
    add(row.table, cat(name_, "_edition.", key), settings);
  }

  void check(const Row& row) {
    const std::string shared = text_of(row.table, "weights");
    ASSERT_TRUE(shared.empty() || by_name_.count(shared)) << shared;
    const Row& source = shared.empty() ? row : *by_name_.at(shared);
    ASSERT_TRUE(runs(source));
    std::string base = own(row, "base");
    if (base.empty()) base = own(source, "base");
    if (base.empty()) base = text_of(*edition_, "base");
    ASSERT_FALSE(base.empty()) << "no base";
    Settings edition, train, eval;
    add(*edition_, "set", edition);
    if (const Value* data = edition_->find("data")) add(data->array()->front(), "set", edition);
    add_both(source, "train", train);
    add_both(row, "eval", eval);
    const auto plan = [&](const Settings& training, const Settings& inference) {
      Settings all = edition;
      all.insert(all.end(), training.begin(), training.end());
      all.insert(all.end(), inference.begin(), inference.end());
      return plan_pipeline(load_config(file_of(base), all));
    };
    eval.insert(eval.end(), row.grid.begin(), row.grid.end());
    const Plan training = plan(train, {}), inference = plan(train, eval);
    EXPECT_EQ(training.faults_for_training().text(), "");
    EXPECT_EQ(inference.faults.text(), "");

    std::string weights = own(source, "weights_file");
    if (weights.empty()) weights = text_of(*edition_, "weights");
    if (weights.empty()) {
      EXPECT_FALSE(own(source, "start").empty() && text_of(*edition_, "start").empty());
      EXPECT_GT(training.train.steps, 0);
      EXPECT_TRUE(training.loss);
    }
    for (size_t i = 0; &source == &row && i < train.size(); ++i) {
      Settings others = train;
      others.erase(others.begin() + static_cast<std::ptrdiff_t>(i));
      EXPECT_FALSE(plan(others, {}).resolved.tree() == training.resolved.tree())
          << train[i].text << " changes nothing";
    }
    for (size_t i = 0; i < eval.size() - row.grid.size(); ++i) {
      Settings others = eval;
      others.erase(others.begin() + static_cast<std::ptrdiff_t>(i));
      EXPECT_FALSE(plan(train, others).resolved.tree() == inference.resolved.tree())
          << eval[i].text << " changes nothing";
    }
    const std::string result = cat(inference.resolved.toml(), "\n", weights,
                                   weights.empty() ? training.resolved.toml() : std::string());
    const auto [known, is_new] = known_.emplace(result, row.name);
    EXPECT_TRUE(is_new) << "resolves as " << known->second;
  }
};

}  // namespace

TEST(Tables, EveryRowResolvesToValuesOfItsOwn) {
  use_built_plugins();
  ASSERT_GE(table_files().size(), 33u);
  int64_t paper = 0, synthetic = 0;
  for (const fs::path& file : table_files()) {
    SCOPED_TRACE(file.string());
    const Value table = table_file(file);
    paper += Edition(table, "paper").check();
    synthetic += Edition(table, "synthetic").check();
  }
  EXPECT_GE(paper, 180);
  EXPECT_GE(synthetic, 150);
}

TEST(Tables, ValuesOfThePaperHaveColumns) {
  for (const fs::path& file : table_files()) {
    const Value table = table_file(file);
    std::set<std::string> columns;
    for (const Value& column : *table.find("columns")->array()) columns.insert(*column.text());
    for (const Value& row : *table.find("row")->array()) {
      const Value* paper = row.find("paper");
      for (const Value::Member& member : paper ? *paper->table_members() : Value::Table()) {
        EXPECT_TRUE(columns.count(member.key)) << file << ": " << member.key;
      }
    }
  }
}

/// NOVIS' Table 4 measures nothing: its rows are settings of configs.
TEST(Tables, HyperparametersAreThoseOfTheConfigs) {
  const fs::path configs = source_dir() / "configs";
  const Value table = table_file(configs / "tables/novis/table4.toml");
  std::vector<std::string> missing;
  for (const Value& row : *table.find("row")->array()) missing.push_back(text_of(row, "missing"));
  std::vector<std::string> expected;
  for (const char* name : {"ytvis2019_r50", "ytvis2021_r50", "ovis_r50"}) {
    const Config config = load_config((configs / "novis" / cat(name, ".toml")).string());
    const auto& milestones = *config.find("train.milestones")->array();
    expected.push_back(cat("settings of clipwork:novis/", name,
                           ".toml: ", *config.find("train.steps")->integer(), " steps, milestones ",
                           *milestones.at(0).integer(), " and ", *milestones.at(1).integer(),
                           ", top_k ", *config.find("tracks.top_k")->integer()));
  }
  EXPECT_EQ(missing, expected);
}

TEST(Tables, TheIndexIsThatOfTheFiles) {
  const ProgramResult result =
      run_program((source_dir() / "tools" / "table_index.py").string() + " --check");
  EXPECT_EQ(result.code, 0) << result.errors;
}
