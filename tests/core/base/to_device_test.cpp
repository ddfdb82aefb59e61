// Copies to a device that the host does not wait for.

#include <ATen/ops/arange.h>
#include <ATen/ops/equal.h>
#include <clipwork/to_device.h>

#include "gpu/counting_device.h"
#include "support.h"

using namespace clipwork;

TEST(ToDevice, GivesTheSameTensorWhereItIsAlready) {
  const at::Tensor values = at::arange(6, at::kFloat);
  EXPECT_TRUE(to_device(values, c10::kCPU).is_same(values));
  const at::Tensor there = to_device(values, {c10::kCUDA, 0});
  EXPECT_TRUE(to_device(there, {c10::kCUDA, 0}).is_same(there));
}

TEST(ToDevice, CopiesWithoutAWaitOfTheHost) {
  const at::Tensor values = at::arange(12, at::kFloat).view({3, 4}).t();
  at::Tensor there;
  const test::DeviceWork work = test::device_work_of([&] {
    there = to_device(values, {c10::kCUDA, 0});
  });
  EXPECT_EQ(work.waits, 0) << test::details(work);
  EXPECT_EQ(work.bytes_up, 48);
  EXPECT_TRUE(at::equal(there.cpu(), values));
}
