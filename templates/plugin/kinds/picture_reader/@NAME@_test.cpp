// SPDX-License-Identifier: Apache-2.0
#include <clipwork/error.h>
#include <clipwork/picture_reader.h>
#include <clipwork/testing/gtest.h>
#include <clipwork/testing/temporary_folder.h>

using namespace clipwork;
using namespace clipwork::test;

// The suite writes PNM pictures and compares what is read with them.
TEST(@CLASS@, KeepsItsContract) {
  EXPECT_TRUE(keeps_contract("picture_reader", "@NAME@"));
}

TEST(@CLASS@, RefusesADamagedFile) {
  const TemporaryFolder folder;
  const std::string cut = folder.write("cut.ppm", "P6 4 4 255\nabc").string();
  const auto reader = TestedComponent("picture_reader", "@NAME@").make<PictureReader>();
  EXPECT_THROW(reader->read(cut), InputError);
}
