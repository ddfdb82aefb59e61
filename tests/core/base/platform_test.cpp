#include <clipwork/host/platform.h>
#include <gmock/gmock.h>

#include <filesystem>

using namespace clipwork;

TEST(Platform, ListsTheLibrariesOfThisProcessByAbsolutePath) {
  std::vector<std::string> libraries = loaded_libraries();
  std::vector<std::string> names;
  for (const std::string& library : libraries) {
    EXPECT_TRUE(std::filesystem::exists(library)) << library;
    names.push_back(std::filesystem::path(library).filename().string());
  }
  EXPECT_THAT(names, testing::IsSupersetOf({"libclipwork.so", "libtorch_cpu.so", "libc10.so"}));
}

TEST(Platform, HasOneOpenMpRuntime) {
  std::vector<std::string> runtimes = openmp_runtimes();
  ASSERT_EQ(runtimes.size(), 1U);
  EXPECT_THAT(runtimes[0], testing::HasSubstr("libgomp"));
}

TEST(Platform, KnowsOpenMpRuntimesByTheirFileNames) {
  for (const char* name : {"libgomp.so.1", "libgomp-a34b3233.so.1", "libiomp5.so", "libomp.so.5"})
    EXPECT_TRUE(is_openmp_runtime(name)) << name;
  for (const char* name : {"libm.so.6", "libopenblas.so", "libtorch_cpu.so", "gomp.so", ""})
    EXPECT_FALSE(is_openmp_runtime(name)) << name;
}
