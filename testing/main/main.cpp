// The main function of a plugin's tests: loads the plugin, those beside it, and those that come
// with Clipwork.

#include <clipwork/testing/load.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <iostream>

int main(int count, char** arguments) {
  ::testing::InitGoogleTest(&count, arguments);
  try {
    const std::filesystem::path plugin = CLIPWORK_PLUGIN_FILE;
    clipwork::test::load_plugins(plugin, {plugin.parent_path(), CLIPWORK_PLUGINS});
  } catch (const std::exception& error) {
    std::cerr << "error: " << error.what() << "\n";
    return 1;
  }
  return RUN_ALL_TESTS();
}
