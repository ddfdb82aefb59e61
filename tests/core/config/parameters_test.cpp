#include <clipwork/parameters.h>
#include <clipwork/ref.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

using namespace clipwork;

namespace {

struct Kind : Component {
  static constexpr const char* kKind = "tracker";
};

struct Parameters {
  int64_t buffer = 1;
  double threshold = 0.5;
  bool shared = false;
  std::string assignment = "hungarian";
  std::vector<int64_t> depths = {3, 4};
  std::vector<double> mean = {0.5};
  std::vector<std::string> maps = {"res5"};
  std::map<std::string, std::string> renames;
  std::optional<int64_t> length;
  Ref<Kind> inner;

  void describe(Describer& d) {
    d("buffer", buffer, "past frames that are averaged").range(1, 1000).unit("frames");
    d("threshold", threshold, "least similarity").range(0, 1);
    d("shared", shared, "one for all");
    d("assignment", assignment, "how rows are linked").choices({"hungarian", "greedy"});
    d("depths", depths, "blocks a stage").range(1);
    d("mean", mean, "what is subtracted");
    d("maps", maps, "maps that are read").choices({"res4", "res5"});
    d("renames", renames, "other names");
    d.maybe("length", length, "video", "frames a window").range(1);
    d("inner", inner, "who is asked");
  }
};

Value placed(Value value, int line, int column = 1) {
  value.set_origin({"run.toml", line, column});
  return value;
}

/// A table with one value, whose origin is run.toml:2:5 and whose key stands at 2:1.
Value one(const std::string& key, Value value) {
  Value table = Value::table({"run.toml", 1, 1});
  table.table_members()->push_back({key, placed(std::move(value), 2, 5), {"run.toml", 2, 1}});
  return table;
}

std::string fault_of(const std::string& key, Value value) {
  Faults faults;
  Value table = one(key, std::move(value));
  read_parameters<Parameters>(&table, "model.tracker", faults);
  return faults.text();
}

Parameters parameters_of(const std::string& key, Value value) {
  Faults faults;
  Value table = one(key, std::move(value));
  Parameters read = read_parameters<Parameters>(&table, "model.tracker", faults);
  EXPECT_EQ(faults.text(), "");
  return read;
}

}  // namespace

TEST(Parameters, KeepTheirDefaultsWhereNothingIsGiven) {
  Faults faults;
  Parameters read = read_parameters<Parameters>(nullptr, "model.tracker", faults);
  EXPECT_TRUE(faults.empty());
  EXPECT_EQ(read.buffer, 1);
  EXPECT_EQ(read.depths, (std::vector<int64_t>{3, 4}));
}

TEST(Parameters, AreReadFromEveryKindOfValue) {
  EXPECT_EQ(parameters_of("buffer", 7).buffer, 7);
  EXPECT_EQ(parameters_of("threshold", 0.25).threshold, 0.25);
  EXPECT_EQ(parameters_of("shared", true).shared, true);
  EXPECT_EQ(parameters_of("assignment", "greedy").assignment, "greedy");
  EXPECT_EQ(parameters_of("depths", Value::Array{2, 2, 2}).depths, (std::vector<int64_t>{2, 2, 2}));
  EXPECT_EQ(parameters_of("maps", Value::Array{"res4"}).maps, std::vector<std::string>{"res4"});
  EXPECT_EQ(parameters_of("renames", one("a.b", "c")).renames.at("a.b"), "c");
  EXPECT_EQ(*parameters_of("length", 4).length, 4);
  EXPECT_FALSE(parameters_of("length", "video").length.has_value());
}

TEST(Parameters, TakeAnIntegerForANumberButNoNumberForAnInteger) {
  EXPECT_EQ(parameters_of("threshold", 1).threshold, 1.0);
  EXPECT_EQ(parameters_of("mean", Value::Array{1, 0.5}).mean, (std::vector<double>{1, 0.5}));
  EXPECT_EQ(fault_of("buffer", 1.0),
            "run.toml:2:5: model.tracker.buffer: expected an integer, found a number (1.0)\n");
}

TEST(Parameters, WrongTypeNamesBothTypesAndTheValue) {
  EXPECT_EQ(fault_of("shared", "yes"),
            "run.toml:2:5: model.tracker.shared: expected a boolean, found a string (\"yes\")\n");
  EXPECT_EQ(fault_of("buffer", Value::table()),
            "run.toml:2:5: model.tracker.buffer: expected an integer, found a table\n");
  EXPECT_EQ(fault_of("length", "clip"),
            "run.toml:2:5: model.tracker.length: expected an integer or \"video\", found a string "
            "(\"clip\")\n");
  EXPECT_EQ(fault_of("depths", 3),
            "run.toml:2:5: model.tracker.depths: expected a list of integers, found an integer "
            "(3); write it as [3]\n");
}

TEST(Parameters, WrongElementOfAListIsNamedWithItsOwnPlace) {
  EXPECT_EQ(fault_of("depths", Value::Array{2, placed("x", 3, 9)}),
            "run.toml:3:9: model.tracker.depths[1]: expected an integer, found a string (\"x\")\n");
  EXPECT_EQ(
      fault_of("renames", one("a.b", 1)),
      "run.toml:2:5: model.tracker.renames.\"a.b\": expected a string, found an integer (1)\n");
}

TEST(Parameters, OutsideTheirRangeAreRefusedWithTheRange) {
  EXPECT_EQ(
      fault_of("buffer", 0),
      "run.toml:2:5: model.tracker.buffer = 0 is outside its range; expected from 1 to 1000\n");
  EXPECT_EQ(
      fault_of("depths", Value::Array{2, placed(0, 4)}),
      "run.toml:4:1: model.tracker.depths[1] = 0 is outside its range; expected at least 1\n");
  EXPECT_NE(fault_of("length", 0), "");
  EXPECT_NE(fault_of("threshold", std::numeric_limits<double>::quiet_NaN()), "");
  EXPECT_EQ(fault_of("buffer", 1000), "");
}

TEST(Parameters, UnknownChoiceNamesTheNearestAndAll) {
  EXPECT_EQ(fault_of("assignment", "hungarain"),
            "run.toml:2:5: model.tracker.assignment = \"hungarain\" is not a valid choice; did you "
            "mean 'hungarian'? expected one of 'hungarian', 'greedy'\n");
  EXPECT_EQ(fault_of("maps", Value::Array{placed("x", 7)}),
            "run.toml:7:1: model.tracker.maps[0] = \"x\" is not a valid choice; expected one of "
            "'res4', 'res5'\n");
}

TEST(Parameters, UnknownKeyNamesTheNearestAtTheKeysPlace) {
  EXPECT_EQ(fault_of("bufer", 1),
            "run.toml:2:1: model.tracker has no parameter 'bufer'; did you mean 'buffer'?\n");
  EXPECT_NE(fault_of("zzzzzz", 1).find("available: 'buffer', 'threshold'"), std::string::npos);
}

TEST(Parameters, KeysThatBelongToOthersAreNotUnknown) {
  Faults faults;
  Value table = one("type", "embedding");
  read_parameters<Parameters>(&table, "model.tracker", faults, {"type"});
  EXPECT_TRUE(faults.empty());
}

TEST(Parameters, ComponentIsATableOrAReferenceAndNothingElse) {
  EXPECT_TRUE(parameters_of("inner", one("type", "iou")).inner.config.is_table());
  EXPECT_EQ(*parameters_of("inner", "@model.tracker").inner.config.text(), "@model.tracker");
  EXPECT_EQ(
      fault_of("inner", "iou"),
      "run.toml:2:5: model.tracker.inner: expected a tracker, found a string (\"iou\"); write { "
      "type = \"iou\" } to create one, or \"@model.tracker\" to share an existing one\n");
}

TEST(Parameters, RequiredOneThatIsMissingIsNamedAtItsTable) {
  struct Needs {
    std::string file;
    void describe(Describer& d) { d("file", file, "annotations").required(); }
  };
  Faults faults;
  Value table = Value::table({"run.toml", 9, 1});
  read_parameters<Needs>(&table, "data.eval", faults);
  EXPECT_EQ(faults.text(),
            "run.toml:9:1: data.eval.file is missing (annotations); give it as file = ...\n");
}

TEST(Parameters, SomethingElseThanATableIsRefused) {
  Faults faults;
  Value text = placed("x", 4);
  Parameters read = read_parameters<Parameters>(&text, "model.tracker", faults);
  EXPECT_EQ(faults.text(),
            "run.toml:4:1: model.tracker: expected a table, found a string (\"x\")\n");
  EXPECT_EQ(read.buffer, 1);
}

TEST(Parameters, ValueOfTheWrongTypeIsNotBlamedForItsRangeAsWell) {
  EXPECT_EQ(fault_of("buffer", 0.5),
            "run.toml:2:5: model.tracker.buffer: expected an integer, found a number (0.5)\n");
}

TEST(Describer, ListsParametersWithoutChangingThem) {
  Parameters parameters;
  parameters.buffer = 5;
  Describer list;
  parameters.describe(list);
  list.finish();
  EXPECT_FALSE(list.reading());
  EXPECT_EQ(parameters.buffer, 5);
  const ParameterInfo& buffer = list.parameters().at(0);
  EXPECT_EQ(buffer.name, "buffer");
  EXPECT_EQ(buffer.sentence, "past frames that are averaged");
  EXPECT_EQ(type_words(buffer), "integer");
  EXPECT_EQ(*buffer.default_value.integer(), 5);
  EXPECT_EQ(buffer.unit, "frames");
  EXPECT_EQ(*buffer.maximum, 1000);
  EXPECT_EQ(list.parameters().at(3).choices, (std::vector<std::string>{"hungarian", "greedy"}));
  EXPECT_EQ(*list.parameters().at(8).default_value.text(), "video");
  EXPECT_EQ(type_words(list.parameters().at(8)), "integer or \"video\"");
  EXPECT_EQ(list.references().at(0).first, "inner");
  EXPECT_EQ(list.references().at(0).second->kind, "tracker");
  EXPECT_TRUE(list.mistakes().empty());
}

TEST(Describer, NamesDefaultsThatBreakTheirOwnRules) {
  struct Bad {
    int64_t low = 0, again = 1;
    std::string word = "c", needed;
    void describe(Describer& d) {
      d("low", low, "too low").range(1, 3);
      d("word", word, "no choice").choices({"a", "b"});
      d("needed", needed, "its default means nothing").choices({"a"}).required();
      d("low", again, "the name is taken");
    }
  } bad;
  Describer list;
  bad.describe(list);
  EXPECT_EQ(list.mistakes(),
            (std::vector<std::string>{
                "the default low = 0 is outside its range; expected from 1 to 3",
                "the default word = \"c\" is not a valid choice; expected one of 'a', 'b'",
                "'low' is described twice"}));
}

TEST(Faults, AreSortedByFileLineAndColumnWithoutDuplicates) {
  Faults faults;
  faults.add({"b.toml", 1, 1}, "fourth");
  faults.add({"a.toml", 10, 2}, "third");
  faults.add({"a.toml", 9, 8}, "second", "mend it");
  faults.add({"a.toml", 9, 1}, "first");
  faults.add({"a.toml", 10, 2}, "third");
  EXPECT_EQ(faults.text(),
            "a.toml:9:1: first\na.toml:9:8: second; mend it\na.toml:10:2: third\nb.toml:1:1: "
            "fourth\n");
}

TEST(Faults, RaiseOneInputErrorWithAllOfThem) {
  Faults faults;
  EXPECT_NO_THROW(faults.raise());
  faults.add({"a.toml", 2, 1}, "first", "mend it");
  try {
    faults.raise();
    FAIL();
  } catch (const InputError& error) {
    EXPECT_STREQ(error.what(), "a.toml:2:1: first; mend it");
    EXPECT_EQ(error.code(), ExitCode::bad_input);
  }
  faults.add({"a.toml", 3, 1}, "second", "look at\n  one\n  two");
  try {
    faults.raise();
    FAIL();
  } catch (const InputError& error) {
    EXPECT_STREQ(
        error.what(),
        "2 faults\n  a.toml:2:1: first; mend it\n  a.toml:3:1: second; look at\n    one\n    two");
  }
}

namespace {

struct Limited {
  std::vector<double> mean = {1, 2, 3}, angles = {-1, 1};
  std::vector<std::string> freeze;
  std::vector<std::pair<std::string, double>> factors;
  std::string name;

  void describe(Describer& d) {
    d("mean", mean, "one for each channel").length(3, 3);
    d("angles", angles, "smallest and largest").interval(-360, 360);
    d("freeze", freeze, "what does not learn").patterns();
    d("factors", factors, "by name").patterns().range(0, 10);
    d("name", name, "part of names").name_part();
  }
};

std::string limit_fault(const std::string& key, Value value) {
  Faults faults;
  Value table = one(key, std::move(value));
  read_parameters<Limited>(&table, "loss", faults);
  return faults.text();
}

}  // namespace

TEST(Parameters, ListsHaveTheirLength) {
  EXPECT_EQ(limit_fault("mean", Value::Array{}),
            "run.toml:2:5: loss.mean has 0 values, expected 3\n");
  EXPECT_EQ(limit_fault("mean", Value::Array{1}),
            "run.toml:2:5: loss.mean has 1 value, expected 3\n");
  EXPECT_EQ(limit_fault("mean", Value::Array{1, 2, 3}), "");
}

TEST(Parameters, IntervalsHaveASmallestAndALargestValue) {
  EXPECT_EQ(limit_fault("angles", Value::Array{-5, 5}), "");
  EXPECT_EQ(limit_fault("angles", Value::Array{5}),
            "run.toml:2:5: loss.angles has 1 value, expected 2\n");
  EXPECT_EQ(limit_fault("angles", Value::Array{5, -5}),
            "run.toml:2:5: loss.angles = [5, -5] is not a range; write the smallest and then the "
            "largest value\n");
  EXPECT_NE(limit_fault("angles", Value::Array{-500, 5}), "");
}

TEST(Parameters, RegularExpressionsAreCheckedWhenTheyAreRead) {
  EXPECT_EQ(limit_fault("freeze", Value::Array{"^a", placed("[", 4)}),
            "run.toml:4:1: loss.freeze[1]: '[' is not a regular expression: missing ]: [\n");
  EXPECT_EQ(limit_fault("factors", one("(", 1)),
            "run.toml:2:1: loss.factors: '(' is not a regular expression: missing ): (\n");
  EXPECT_NE(limit_fault("factors", one("a", 11)).find("loss.factors.a = 11"), std::string::npos);
  EXPECT_NE(limit_fault("freeze", Value::Array(1001, "a")).find("expected at most 1000"),
            std::string::npos);
}

TEST(Parameters, PartsOfNamesHaveNoOtherCharacters) {
  EXPECT_EQ(limit_fault("name", "vita_2-b"), "");
  EXPECT_EQ(limit_fault("name", "../../x"),
            "run.toml:2:5: loss.name = \"../../x\" cannot be part of a name; use letters, digits, "
            "'_' and '-'\n");
}

TEST(Parameters, NumbersAreFinite) {
  EXPECT_NE(fault_of("mean", Value::Array{placed(NAN, 2, 9)}).find("expected a number, found nan"),
            std::string::npos);
  EXPECT_NE(fault_of("threshold", INFINITY).find("expected a number, found inf"),
            std::string::npos);
}

TEST(Parameters, OfEndlessListsAndTablesTheFirstFaultsAreReported) {
  EXPECT_LT(fault_of("depths", Value::Array(100'000, "x")).size(), 3000u);
  EXPECT_LT(fault_of("depths", Value::Array(100'000, 0)).size(), 3000u);
  Value table = Value::table({"run.toml", 1, 1});
  for (int i = 0; i < 100'000; ++i) table.table_members()->push_back({cat("k", i), 1, {}});
  Faults faults;
  read_parameters<Limited>(&table, "loss", faults);
  EXPECT_EQ(faults.size(), 21u);
  EXPECT_NE(faults.text().find("loss has 99980 more keys that are not its parameters"),
            std::string::npos);
}

TEST(Parameters, MistakenDefaultsAreFound) {
  struct Mistaken {
    std::vector<double> mean = {1};
    void describe(Describer& d) { d("mean", mean, "one for each channel").length(3, 3); }
  } mistaken;
  Describer describer;
  mistaken.describe(describer);
  EXPECT_EQ(describer.mistakes(),
            std::vector<std::string>{"the default mean has 1 value, expected 3"});
}
