# clipwork_plugin_test(PLUGIN SOURCES... [LIBRARIES ...]): the program PLUGIN_test and its ctest entry. Its GoogleTest tests find the
# components of clipwork_plugin(PLUGIN ...), of the plugins beside it, and of those that come with Clipwork.
# find_package(clipwork COMPONENTS testing) includes this file and sets CLIPWORK_TEST_MAIN and CLIPWORK_PLUGINS.
function(clipwork_plugin_test plugin)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "LIBRARIES")
  add_executable(${plugin}_test ${arg_UNPARSED_ARGUMENTS} ${CLIPWORK_TEST_MAIN})
  target_link_libraries(${plugin}_test PRIVATE clipwork::testing GTest::gtest ${arg_LIBRARIES})
  target_compile_definitions(${plugin}_test PRIVATE
    CLIPWORK_PLUGIN_FILE="$<TARGET_FILE:${plugin}>" CLIPWORK_PLUGINS="${CLIPWORK_PLUGINS}")
  add_dependencies(${plugin}_test ${plugin})
  # One thread is faster for small inputs, and equal on every machine.
  add_test(NAME ${plugin} COMMAND ${plugin}_test)
  set_tests_properties(${plugin} PROPERTIES ENVIRONMENT OMP_NUM_THREADS=1)
endfunction()
