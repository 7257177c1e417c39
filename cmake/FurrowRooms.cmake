# Rooms (src/) and test programs.
file(STRINGS ${CMAKE_SOURCE_DIR}/layers.toml FURROW_LAYER_LINES REGEX "^[a-z]+ *= *\\[")
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/layers.toml)
enable_testing()

set(FURROW_PRECOMPILED <algorithm> <atomic> <charconv> <chrono> <cmath> <condition_variable> <filesystem> <fstream> <functional>
    <iostream> <map> <memory> <mutex> <optional> <random> <set> <span> <string> <string_view> <thread> <unordered_map> <variant>
    <vector> <fmt/format.h> <simdjson.h>)

# furrow_tests(NAME LIBRARY files...): the test program build/tests/test_NAME.
function(furrow_tests name library)
  if(FURROW_FUZZ)
    return()
  endif()
  add_executable(test_${name} ${ARGN})
  target_link_libraries(test_${name} PRIVATE ${library} GTest::gmock GTest::gtest_main)
  # Tests are judged by what they say, not by their speed: -O1 compiles them in two thirds of the time.
  target_compile_options(test_${name} PRIVATE $<$<CONFIG:Release>:-O1>)
  if(name STREQUAL base)
    target_precompile_headers(test_${name} PRIVATE <gmock/gmock.h> <gtest/gtest.h> ${FURROW_PRECOMPILED})
  else()
    target_precompile_headers(test_${name} REUSE_FROM test_base)
  endif()
  target_compile_definitions(test_${name} PRIVATE FURROW_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
  set_target_properties(test_${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
  add_test(NAME ${name} COMMAND test_${name} --gtest_output=json:${CMAKE_BINARY_DIR}/test-results/${name}.json)
  set_tests_properties(${name} PROPERTIES ENVIRONMENT "FURROW_BINARY=${CMAKE_BINARY_DIR}/furrow")
endfunction()

# furrow_room(NAME libraries...): one static library from src/NAME/*.cc and, where it has *_test.cc files, one test
# program `test_NAME`. Each room links the rooms that layers.toml lets it include, so the link order follows the layers.
function(furrow_room name)
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/${name}/*.cc)
  set(tests ${sources})
  list(FILTER tests INCLUDE REGEX "_test\\.cc$")
  list(FILTER sources EXCLUDE REGEX "(_test|/main)\\.cc$")
  set(rooms "")
  foreach(line IN LISTS FURROW_LAYER_LINES)
    if(line MATCHES "^${name} *=")
      string(REGEX MATCHALL "\"[a-z]+\"" quoted "${line}")
      foreach(room IN LISTS quoted)
        string(REPLACE "\"" "" room ${room})
        list(APPEND rooms furrow_${room})
      endforeach()
    endif()
  endforeach()
  set(target furrow_${name})
  if(sources)
    add_library(${target} STATIC ${sources})
    set(scope PUBLIC)
    # Commands, the server's pages and the simulator spend their time in the rooms below them: -O1 compiles them in two thirds
    # of the time (a decision over HTTP costs 44 us of processor either way).
    if(name MATCHES "^(cli|app|market)$")
      target_compile_options(${target} PRIVATE $<$<CONFIG:Release>:-O1>)
    endif()
    # Files of a room are compiled eight at a time: most of a compilation is headers and templates that they share. (So names in
    # their anonymous namespaces must differ within a room; a file with options of its own is compiled alone.)
    set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 8)
    target_compile_options(${target} PRIVATE -Wall -Wextra -Wpedantic -Werror=return-type -Wshadow
                           $<$<CXX_COMPILER_ID:GNU>:-Wno-subobject-linkage>)  # it takes files compiled together for headers
    # One precompiled header for all rooms (the first room makes it): reading the library's headers is most of a compilation.
    if(name STREQUAL base)
      target_precompile_headers(${target} PRIVATE ${FURROW_PRECOMPILED})
    else()
      target_precompile_headers(${target} REUSE_FROM furrow_base)
    endif()
  else()
    add_library(${target} INTERFACE)
    set(scope INTERFACE)
  endif()
  target_include_directories(${target} ${scope} ${CMAKE_SOURCE_DIR}/src)
  target_link_libraries(${target} ${scope} ${rooms} ${ARGN})
  if(name STREQUAL app)
    set(FURROW_APP_SCOPE ${scope} PARENT_SCOPE)
  endif()
  if(tests)
    furrow_tests(${name} ${target} ${tests})
  endif()
endfunction()
