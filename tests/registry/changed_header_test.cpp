// A plugin built against other headers than this program's: it loads where only hosts' headers
// differ, and is refused where an authors' header does.

#include <clipwork/error.h>
#include <clipwork/host/registry.h>
#include <gmock/gmock.h>
#include <rapidjson/document.h>

#include <fstream>

#include "support.h"

using namespace clipwork;
using testing::HasSubstr;
namespace fs = std::filesystem;

namespace {

void replace(std::string& text, const std::string& from, const std::string& to) {
  ASSERT_NE(text.find(from), std::string::npos) << from;
  for (size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size()) {
    text.replace(at, from.size(), to);
  }
}

void must_run(const std::string& command) {
  const test::ProgramResult result = test::run_program(command);
  ASSERT_EQ(result.code, 0) << command << "\n" << result.errors.substr(0, 3000);
}

class ChangedHeader : public testing::Test {
 protected:
  /// Copies all public headers, changes one, and builds a plugin against the copies.
  void build(const std::string& header, const std::string& from, const std::string& to) {
    for (const fs::path& root : roots_) {
      fs::copy(root, include_, fs::copy_options::recursive | fs::copy_options::overwrite_existing);
    }
    std::string text = test::read_file(include_ / header);
    replace(text, from, to);
    std::ofstream(include_ / header) << text;
    must_run("cmake -DOUT='" + (include_ / "clipwork/layout_hash.h").string() +
             "' '-DHEADERS=" + hashed_headers() + "' -P '" +
             (test::source_dir() / "cmake/layout_hash.cmake").string() + "'");
    must_run(compiler() + " -shared -o '" + plugin_.string() + "' '" +
             (test::source_dir() / kPlugin).string() + "'");
  }

  static constexpr const char* kPlugin = "tests/fixtures/good/plugin.cpp";
  test::ScratchFolder scratch_;
  fs::path include_ = scratch_.path() / "include", plugin_ = scratch_.path() / "good.so";

 private:
  /// The headers that the build takes its layout hash over, as copies.
  std::string hashed_headers() const {
    const std::string build = test::read_file(test::build_dir() / "build.ninja");
    const std::string mark = "-DHEADERS=";
    const size_t at = build.find(mark);
    if (at == std::string::npos) return {};
    std::string list = build.substr(at + mark.size());
    list = list.substr(0, list.find_first_of("\"'"));
    for (const fs::path& root : {roots_[0], roots_[1]}) {
      replace(list, root.string(), include_.string());
    }
    return list;
  }
  /// The compiler with the flags that the plugin is built with in the tree.
  std::string compiler() const {
    rapidjson::Document commands;
    commands.Parse(test::read_file(test::build_dir() / "compile_commands.json").c_str());
    for (const auto& entry : commands.GetArray()) {
      if (!std::string(entry["file"].GetString()).ends_with(kPlugin)) continue;
      std::string command = entry["command"].GetString();
      command = command.substr(0, command.find(" -o "));
      for (const fs::path& root : roots_) {
        replace(command, "-I" + root.string() + " ", "-I'" + include_.string() + "' ");
      }
      return command;
    }
    return {};
  }

  const std::vector<fs::path> roots_ = {test::source_dir() / "core/include",
                                        test::source_dir() / "registry/include",
                                        test::build_dir() / "include"};
};

}  // namespace

TEST_F(ChangedHeader, OfAuthorsRefusesThePlugin) {
  build("clipwork/tracker.h", "bool trains = false;", "bool trains = false;\n  bool more = false;");
  try {
    Registry::instance().load(plugin_);
    FAIL() << "it was loaded";
  } catch (const InputError& error) {
    EXPECT_THAT(error.what(), HasSubstr("layout"));
  }
}

TEST_F(ChangedHeader, OfHostsRefusesNoPlugin) {
  build("clipwork/host/report.h", "struct Report {", "struct Report {\n  int64_t more = 0;");
  const PluginInfo info = Registry::instance().load(plugin_);
  EXPECT_STREQ(info.state(), "loaded");
  EXPECT_EQ(Registry::instance().find("tracker", "good/nearest").file, info.file);
}
