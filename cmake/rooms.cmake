# A room is one folder of src/ and one object library, wl_<room>. Its third-party libraries are
# PRIVATE to it; its tests lie beside its sources and make one test program, <room>_test.

set(WL_WARNINGS -Wall -Wextra -Wconversion -Wshadow -Wnon-virtual-dtor)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # False alarms of g++ 12 on std::string and std::vector (GCC bugs 105651, 105329).
  list(APPEND WL_WARNINGS -Wno-restrict -Wno-stringop-overflow)
endif()
if(WL_WERROR)
  list(APPEND WL_WARNINGS -Werror)
endif()

# The library is every room's objects in one archive; programs and tests link this name.
add_library(weighlock STATIC)
add_library(weighlock_all INTERFACE)
target_include_directories(weighlock_all INTERFACE
  ${PROJECT_SOURCE_DIR}/include ${PROJECT_SOURCE_DIR}/src ${PROJECT_BINARY_DIR}/generated)
target_link_libraries(weighlock_all INTERFACE weighlock)

# wl_room(NAME SOURCES a.cc ... [LIBS fmt::fmt ...] [TESTS a_test.cc ...])
function(wl_room name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LIBS;TESTS;TEST_LIBS" ${ARGN})
  add_library(wl_${name} OBJECT ${ARG_SOURCES})
  target_include_directories(wl_${name}
    PUBLIC ${PROJECT_SOURCE_DIR}/include ${PROJECT_SOURCE_DIR}/src ${PROJECT_BINARY_DIR}/generated)
  target_compile_options(wl_${name} PRIVATE ${WL_WARNINGS})
  target_link_libraries(wl_${name} PRIVATE ${ARG_LIBS} Threads::Threads)
  target_sources(weighlock PRIVATE $<TARGET_OBJECTS:wl_${name}>)
  target_link_libraries(weighlock PRIVATE ${ARG_LIBS} Threads::Threads)
  if(ARG_TESTS AND BUILD_TESTING)
    wl_test(${name}_test SOURCES ${ARG_TESTS} LIBS ${ARG_TEST_LIBS})
  endif()
endfunction()

# wl_test(NAME SOURCES ... [LIBS ...]): a GoogleTest program over the whole library.
function(wl_test name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LIBS" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_compile_options(${name} PRIVATE ${WL_WARNINGS})
  target_compile_definitions(${name} PRIVATE
    WL_TEST_DATA="${PROJECT_SOURCE_DIR}/tests/data" WL_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
  target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR}/tests)
  target_link_libraries(${name} PRIVATE weighlock_all GTest::gtest_main fmt::fmt ${ARG_LIBS})
  add_test(NAME ${name} COMMAND ${name})
endfunction()
