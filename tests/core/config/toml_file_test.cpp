// TOML files that are not configs: values know their places, and what cannot be read is a fault.

#include <clipwork/host/toml_file.h>

#include "support.h"

using namespace clipwork;

TEST(TomlFile, ValuesKnowTheirPlaces) {
  const test::ScratchFolder scratch;
  const auto file = scratch.write("a.toml", "title = \"T\"\n[[row]]\nname = \"one\"\n");
  Faults faults;
  const std::optional<Value> table = read_toml_file(file, faults);
  ASSERT_TRUE(table) << faults.text();
  EXPECT_EQ(table->find("row")->array()->at(0).find("name")->origin().text(),
            cat(file.string(), ":3:8"));
}

TEST(TomlFile, MissingFilesAndOtherTextsAreFaults) {
  const test::ScratchFolder scratch;
  Faults faults;
  EXPECT_FALSE(read_toml_file(scratch.path() / "none.toml", faults));
  EXPECT_SAYS(faults.text(), "none.toml: the file cannot be read");
  Faults syntax;
  EXPECT_FALSE(read_toml_file(scratch.write("b.toml", "title = \n"), syntax));
  EXPECT_SAYS(syntax.text(), "b.toml:1:");
}
