#include <clipwork/ref.h>
#include <gmock/gmock.h>

using namespace clipwork;
using testing::HasSubstr;

namespace {

struct FrobContract : Contract {
  int64_t size = 7;
};
/// A kind with a contract of its own.
struct Frob : Component {
  static constexpr const char* kKind = "frob";
  using Contract = FrobContract;
  int answer = 0;
};

struct Parameters {
  Ref<Frob> inner;
  Refs<Frob> terms;
  void describe(Describer& d) {
    d("inner", inner, "who is asked");
    d("terms", terms, "what is added up");
  }
};

Value table_of_type(const char* type) {
  Value table = Value::table();
  table.set("type", type);
  return table;
}

std::string fault_of(const char* name, Value value) {
  Value table = Value::table();
  table.set(name, std::move(value));
  Faults faults;
  read_parameters<Parameters>(&table, "model.tracker", faults);
  return faults.text();
}

}  // namespace

TEST(Ref, HoldsNothingByDefault) {
  Faults faults;
  Parameters read = read_parameters<Parameters>(nullptr, "model.tracker", faults);
  EXPECT_EQ(faults.text(), "");
  EXPECT_EQ(read.inner.kind, "frob");
  EXPECT_TRUE(read.inner.config.is_none());
  EXPECT_EQ(read.inner.contract().size, 7);
  EXPECT_TRUE(read.terms.entries.empty());
}

TEST(Ref, TakesATableOrTheNameOfASharedComponent) {
  for (const Value& given : {table_of_type("good"), Value("@model.tracker")}) {
    Value table = Value::table();
    table.set("inner", given);
    Faults faults;
    Parameters read = read_parameters<Parameters>(&table, "model.tracker", faults);
    EXPECT_EQ(faults.text(), "");
    EXPECT_EQ(read.inner.config, given);
  }
}

TEST(Ref, RefusesOtherValuesAndSaysHowToWriteOne) {
  EXPECT_THAT(fault_of("inner", "good"),
              testing::AllOf(HasSubstr("inner"), HasSubstr("frob"), HasSubstr("type = \"good\"")));
  EXPECT_THAT(fault_of("inner", 3), HasSubstr("frob"));
}

TEST(Ref, IsTheComponentAndTheContractThatAssemblyFillsIn) {
  Ref<Frob> ref;
  auto component = std::make_shared<Frob>();
  component->answer = 42;
  ref.component = component;
  auto contract = std::make_shared<FrobContract>();
  contract->size = 9;
  ref.promise = contract;
  EXPECT_EQ(ref->answer, 42);
  EXPECT_EQ(&*ref, component.get());
  EXPECT_EQ(ref.contract().size, 9);
}

TEST(Refs, TakeATableOfTablesInItsOrder) {
  Value table = Value::table();
  table.set("terms.zebra", table_of_type("a"));
  table.set("terms.apple", table_of_type("b"));
  Faults faults;
  Parameters read;
  Describer describer(&table, "loss", faults);
  read.describe(describer);
  describer.finish();
  EXPECT_EQ(faults.text(), "");
  ASSERT_EQ(read.terms.entries.size(), 2U);
  EXPECT_EQ(read.terms.entries[0].first, "zebra");
  EXPECT_EQ(read.terms.entries[1].second.config, table_of_type("b"));
  // Every one is a reference of its own, with the name that messages use.
  ASSERT_EQ(describer.references().size(), 3U);
  EXPECT_EQ(describer.references()[1].first, "terms.zebra");
  EXPECT_EQ(describer.references()[2].second, &read.terms.entries[1].second);
}

TEST(Refs, AreTheComponentsThatAssemblyFillsIn) {
  Refs<Frob> refs;
  for (int i = 0; i < 3; ++i) {
    auto component = std::make_shared<Frob>();
    component->answer = i;
    refs.entries.emplace_back("name", RefBase("frob"));
    refs.entries.back().second.component = component;
  }
  EXPECT_EQ(refs[2].answer, 2);
}

TEST(Refs, RefuseOtherValues) {
  EXPECT_THAT(fault_of("terms", "good"), HasSubstr("a table of frobs"));
  Value terms = Value::table();
  terms.set("dice", 5);
  terms.set("mask", table_of_type("mask"));
  EXPECT_THAT(fault_of("terms", terms), HasSubstr("terms.dice"));
}
