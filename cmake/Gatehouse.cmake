# Compile settings that every target shares, and `gatehouse_library`, the one way to declare a library.

add_library(gatehouse_options INTERFACE)
target_compile_features(gatehouse_options INTERFACE cxx_std_23)
target_include_directories(gatehouse_options INTERFACE ${CMAKE_SOURCE_DIR}/authd)
target_compile_options(gatehouse_options INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual -Wimplicit-fallthrough -Werror
  -Wno-missing-designated-field-initializers # members have defaults; naming those that differ is the point
  -fPIC -fstack-protector-strong -fno-omit-frame-pointer) # -fPIC everywhere: one precompiled header serves all
target_compile_definitions(gatehouse_options INTERFACE
  BOOST_ASIO_SEPARATE_COMPILATION BOOST_ASIO_NO_DEPRECATED SPDLOG_FMT_EXTERNAL
  GATEHOUSE_VERSION="${PROJECT_VERSION}")
target_link_options(gatehouse_options INTERFACE -fuse-ld=lld-19)
if(GATEHOUSE_SANITIZERS)
  target_compile_options(gatehouse_options INTERFACE -fsanitize=${GATEHOUSE_SANITIZERS} -fno-sanitize-recover=all)
  target_link_options(gatehouse_options INTERFACE -fsanitize=${GATEHOUSE_SANITIZERS})
  if(GATEHOUSE_FUZZ)
    target_compile_options(gatehouse_options INTERFACE
      -fsanitize-coverage-ignorelist=${CMAKE_SOURCE_DIR}/tests/fuzz/coverage-ignore.txt)
  endif()
elseif(CMAKE_BUILD_TYPE STREQUAL "Release")
  target_compile_definitions(gatehouse_options INTERFACE _FORTIFY_SOURCE=3 _GLIBCXX_ASSERTIONS)
endif()

# gatehouse_library(NAME SOURCES ... DEPENDS ...): a static library that shares the one precompiled header of
# gatehouse_base, so that Asio's headers are parsed once a build tree.
function(gatehouse_library name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPENDS" ${ARGN})
  add_library(${name} STATIC ${ARG_SOURCES})
  target_link_libraries(${name} PUBLIC gatehouse_options ${ARG_DEPENDS})
  if(NOT name STREQUAL "gatehouse_base")
    target_precompile_headers(${name} REUSE_FROM gatehouse_base)
  endif()
endfunction()

# gatehouse_program(NAME SOURCES ... DEPENDS ...): an executable in bin/ of the build tree, with the same header.
function(gatehouse_program name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPENDS" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE gatehouse_options ${ARG_DEPENDS})
  target_precompile_headers(${name} REUSE_FROM gatehouse_base)
endfunction()
