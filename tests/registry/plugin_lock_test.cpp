// Lock files and what differs from them.

#include <clipwork/error.h>
#include <clipwork/host/plugin_lock.h>
#include <gtest/gtest.h>

#include "support.h"

using namespace clipwork;

namespace {

PluginInfo plugin(const std::string& name, char digit) {
  PluginInfo info;
  info.name = name;
  info.version = "1.0 beta";
  info.file = "/plugins/" + name + ".so";
  info.sha256 = std::string(64, digit);
  return info;
}

}  // namespace

TEST(PluginLock, IsReadAsItWasWrittenWithoutRefusedAndShadowedPlugins) {
  PluginInfo refused = plugin("refused", '3'), shadowed = plugin("a", '4');
  refused.refusal = "it has no Clipwork note";
  shadowed.shadowed_by = "/first/a.so";
  test::ScratchFolder scratch;
  const auto file = scratch.write(
      "plugins.lock", plugin_lock_text({plugin("b", '2'), plugin("a", '1'), refused, shadowed}));
  const std::vector<LockedPlugin> locked = read_plugin_lock(file.string());
  ASSERT_EQ(locked.size(), 2u);
  EXPECT_EQ(locked[0].name, "a");
  EXPECT_EQ(locked[0].sha256, std::string(64, '1'));
  EXPECT_EQ(locked[0].version, "1.0 beta");
  EXPECT_TRUE(lock_differences(locked, {plugin("b", '2'), plugin("a", '1'), shadowed}).empty());
}

TEST(PluginLock, DiffersByMissingChangedRefusedAndFurtherPlugins) {
  const std::vector<LockedPlugin> locked = {{"gone", "1.0", std::string(64, '1')},
                                            {"changed", "1.0", std::string(64, '2')},
                                            {"refused", "1.0", std::string(64, '3')}};
  PluginInfo refused = plugin("refused", '3');
  refused.refusal = "the file is writable by everybody";
  const std::vector<std::string> lines =
      lock_differences(locked, {plugin("changed", '9'), refused, plugin("more", '5')});
  ASSERT_EQ(lines.size(), 4u);
  EXPECT_EQ(lines[0], "gone 1.0: the plugin was not found");
  EXPECT_EQ(lines[1], "changed: expected version 1.0 with SHA-256 " + std::string(64, '2') +
                          ", found version 1.0 beta with " + std::string(64, '9') +
                          " in /plugins/changed.so");
  EXPECT_EQ(lines[2], "refused: /plugins/refused.so is refused: the file is writable by everybody");
  EXPECT_EQ(lines[3], "more: /plugins/more.so is not in the lock file");
}

TEST(PluginLock, NamesTheLineThatIsNotOne) {
  test::ScratchFolder scratch;
  const std::string file =
      scratch.write("plugins.lock", "# heading\n\ngood 1.0 not-a-digest\n").string();
  EXPECT_EQ(test::error_of<InputError>([&] { read_plugin_lock(file); }),
            file +
                ":3: expected the name of a plugin, its SHA-256 and its version; `clipwork plugins "
                "lock` writes such a file");
}
