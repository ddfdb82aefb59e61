# clipwork_plugin_test(PLUGIN SOURCES... [LIBRARIES ...]): the program PLUGIN_test and its ctest entry. Its GoogleTest tests find the
# components of clipwork_plugin(PLUGIN ...), of the plugins beside it, and of those that come with Clipwork.
# find_package(clipwork COMPONENTS testing) includes this file and sets CLIPWORK_TEST_MAIN and CLIPWORK_PLUGINS.
function(clipwork_plugin_test plugin)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "LIBRARIES")
  add_library(${plugin}_test_main OBJECT ${CLIPWORK_TEST_MAIN})
  target_link_libraries(${plugin}_test_main PRIVATE clipwork::testing GTest::gtest)
  target_compile_definitions(${plugin}_test_main PRIVATE
    CLIPWORK_PLUGIN_FILE="$<TARGET_FILE:${plugin}>" CLIPWORK_PLUGINS="${CLIPWORK_PLUGINS}")
  add_executable(${plugin}_test ${arg_UNPARSED_ARGUMENTS})
  target_link_libraries(${plugin}_test PRIVATE ${plugin}_test_main clipwork::testing GTest::gtest ${arg_LIBRARIES})
  add_dependencies(${plugin}_test ${plugin})
  add_test(NAME ${plugin} COMMAND ${plugin}_test)
  # One thread is faster for small inputs, and gives the same on every machine.
  set_tests_properties(${plugin} PROPERTIES ENVIRONMENT OMP_NUM_THREADS=1)
endfunction()
