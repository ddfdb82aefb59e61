// One way to make a component: planned, all faults at once, then built.

#include <clipwork/host/planned_component.h>
#include <clipwork/make_component.h>
#include <clipwork/ref.h>
#include <clipwork/tracker.h>
#include <gmock/gmock.h>

#include "config/toml_reader.h"
#include "support.h"

using namespace clipwork;
using testing::HasSubstr;

namespace {

int made = 0;

/// A tracker with up to two others inside.
class Nested : public Tracker {
 public:
  struct Parameters {
    int64_t size = 1;
    Ref<Tracker> first, second;
    void describe(Describer& d) {
      d("size", size, "a number").range(1, 10);
      d("first", first, "a part");
      d("second", second, "a part");
    }
  };
  static Contract contract(const Parameters& p, const Given&) {
    if (p.size == 7) throw Error("seven is not for trackers", "", "take another size");
    Contract contract;
    contract.state = p.first.contract().state + "x";
    return contract;
  }
  Nested(const Parameters& p, const Given&) : parameters(p) { ++made; }
  Tracked track(ClipPrediction, const Window&, State&, Context&) override { return {}; }
  Parameters parameters;
};

/// Where the tracker below throws something that is not an `Error`.
enum class Throws { nowhere, describe, contract, constructor } throws = Throws::nowhere;
bool throws_number = false;
void throw_in(Throws place) {
  if (throws != place) return;
  if (throws_number) throw 5;
  throw std::runtime_error("it rains");
}

struct Thrower : Tracker {
  struct Parameters {
    void describe(Describer&) { throw_in(Throws::describe); }
  };
  static Contract contract(const Parameters&, const Given&) {
    throw_in(Throws::contract);
    return {};
  }
  Thrower(const Parameters&, const Given&) { throw_in(Throws::constructor); }
  Tracked track(ClipPrediction, const Window&, State&, Context&) override { return {}; }
};

Value table(const std::string& toml) {
  [[maybe_unused]] static const bool registered = [] {
    Registry::instance().add_builtin("planned", [](Registrar& registry) {
      registry.add<Nested>("nested", "a tracker of trackers");
      registry.add<Thrower>("thrower", "throws");
    });
    return true;
  }();
  Faults faults;
  Value parsed = *parse_toml(toml, "table", faults);
  faults.raise();
  return parsed;
}

std::string refusal_of_nested(const std::string& toml) {
  const Value parameters = table(toml);
  try {
    make_component<Tracker>("nested", parameters);
  } catch (const InputError& error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST(PlannedComponent, IsMadeWithItsPartsFirst) {
  const Value parameters = table("size = 2\n[first]\ntype = \"nested\"\nsize = 3\n");
  made = 0;
  const auto component = make_component<Tracker>("planned/nested", parameters);
  EXPECT_EQ(made, 2);
  const Nested::Parameters& outer = dynamic_cast<Nested&>(*component).parameters;
  EXPECT_EQ(outer.size, 2);
  EXPECT_EQ(dynamic_cast<Nested&>(*outer.first).parameters.size, 3);
  EXPECT_FALSE(outer.second.component);
}

TEST(PlannedComponent, AllFaultsOfAllPartsAreReportedAtOnce) {
  const std::string says = refusal_of_nested(R"(
size = 11
sise = 2
[first]
type = "nested"
size = 12
[second]
size = 1
)");
  EXPECT_THAT(says, HasSubstr("4 faults"));
  EXPECT_THAT(says, HasSubstr("table:2:8: tracker 'nested'.size"));
  EXPECT_THAT(says, HasSubstr("did you mean 'size'?"));
  EXPECT_THAT(says, HasSubstr("table:6:8: tracker 'nested'.first.size"));
  EXPECT_THAT(says, HasSubstr("[tracker 'nested'.second] needs type = \"...\", the name of a "
                              "tracker"));
}

TEST(PlannedComponent, AContractThatIsRefusedIsAFaultOfItsTable) {
  EXPECT_THAT(
      refusal_of_nested("[first]\ntype = \"nested\"\nsize = 7\n"),
      HasSubstr("table:1:1: tracker 'nested': seven is not for trackers; take another size"));
}

TEST(PlannedComponent, MadeByItselfItCannotShareAnother) {
  EXPECT_THAT(refusal_of_nested("first = \"@model.tracker\"\n"),
              HasSubstr("table:1:9: tracker 'nested'.first = \"@model.tracker\" refers to another "
                        "component of a config, but tracker 'nested' is created alone; write a "
                        "table with type = \"...\", the name of a tracker"));
}

TEST(PlannedComponent, AnUnknownNameIsRefusedWithThoseThatThereAre) {
  table("");
  try {
    make_component<Tracker>("nestd", Value::table());
    FAIL() << "not refused";
  } catch (const InputError& error) {
    EXPECT_THAT(error.what(), HasSubstr("'nestd'"));
    EXPECT_THAT(error.what(), HasSubstr("nested"));
  }
}

TEST(PlannedComponent, WhatIsSharedIsPlannedAndBuiltOnce) {
  const Value root = table(R"(
[a]
type = "nested"
first = "@b"
second = "@b"
[b]
type = "nested"
)");
  Faults faults;
  ComponentPlanner planner(&root, faults);
  const PlannedComponent* a = planner.plan("a", Tracker::kKind, *root.find("a"), {});
  faults.raise();
  ASSERT_EQ(planner.planned().size(), 2u);
  EXPECT_EQ(planner.planned()[0]->place, "b");
  EXPECT_EQ(planner.plan("b", Tracker::kKind, *root.find("b"), {}), planner.planned()[0].get());
  EXPECT_EQ(dynamic_cast<const TrackerContract&>(*a->contract).state, "xx");
  made = 0;
  ComponentBuilder builder;
  const auto built = builder(*a);
  const Nested::Parameters& parameters = dynamic_cast<Nested&>(*built).parameters;
  EXPECT_EQ(made, 2);
  EXPECT_EQ(parameters.first.component, parameters.second.component);
  EXPECT_EQ(builder(*a), built);
  EXPECT_NE(ComponentBuilder()(*a), built);
}

TEST(PlannedComponent, RefersNeitherToItselfNorToNothing) {
  const Value root = table(R"(
[a]
type = "nested"
first = "@b"
[b]
type = "nested"
first = "@a"
second = "@c"
)");
  Faults faults;
  ComponentPlanner planner(&root, faults);
  EXPECT_EQ(planner.plan("a", Tracker::kKind, *root.find("a"), {}), nullptr);
  EXPECT_THAT(faults.text(), HasSubstr("[a] refers to itself"));
  EXPECT_THAT(faults.text(), HasSubstr("b.second = \"@c\" is not a component"));
}

TEST(PlannedComponent, WhateverItsCodeThrowsNamesIt) {
  const Value parameters = table("");
  for (const Throws place : {Throws::describe, Throws::contract, Throws::constructor}) {
    throws = place;
    for (const bool number : {false, true}) {
      throws_number = number;
      const std::string says =
          test::error_of([&] { make_component<Tracker>("planned/thrower", parameters); });
      EXPECT_THAT(says, HasSubstr(cat(
                            "tracker 'thrower': ",
                            number ? "threw an object that is not a std::exception" : "it rains")));
    }
  }
  throws = Throws::nowhere;
}
