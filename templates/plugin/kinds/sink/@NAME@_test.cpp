// SPDX-License-Identifier: Apache-2.0
#include <clipwork/read_file.h>
#include <clipwork/sink.h>
#include <clipwork/testing/gtest.h>
#include <clipwork/testing/scene.h>
#include <clipwork/testing/temporary_folder.h>

using namespace clipwork;
using namespace clipwork::test;

TEST(@CLASS@, KeepsItsContract) {
  ContractSetup setup;
  setup.output = {"path", "pictures.pnm"};  // the parameter and the name of its file
  EXPECT_TRUE(keeps_contract("sink", "@NAME@", setup));
}

TEST(@CLASS@, WritesEveryOtherPicture) {
  const TemporaryFolder folder;
  const std::string file = (folder.path() / "out.pnm").string();
  const auto sink =
      TestedComponent("sink", "@NAME@", toml("every = 2\npath = '" + file + "'")).make<Sink>();
  const Scene scene({4, 6});
  for (int64_t t = 0; t < 3; ++t) sink->write(scene.picture(t).pixels, static_cast<double>(t));
  sink->finish(3);
  const std::string header = "P6\n6 4\n255\n";
  EXPECT_EQ(read_file(file).size(), 2 * (header.size() + 3 * 4 * 6));
}
