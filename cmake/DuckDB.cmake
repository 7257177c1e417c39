# DuckDB's shared library comes from npm (package.json pins it); scripts/setup.sh runs `npm ci` in third_party/duckdb.
# Its C API is declared in third_party/duckdb/duckdb.h, as much of it as we use.
set(duckdb_dir ${CMAKE_SOURCE_DIR}/third_party/duckdb)
if(CMAKE_SYSTEM_PROCESSOR MATCHES "aarch64|arm64")
  set(duckdb_arch arm64)
else()
  set(duckdb_arch x64)
endif()
set(duckdb_so ${duckdb_dir}/node_modules/@duckdb/node-bindings-linux-${duckdb_arch}/libduckdb.so)
if(NOT EXISTS ${duckdb_so})
  message(FATAL_ERROR "DuckDB is missing: run scripts/setup.sh (it installs ${duckdb_so})")
endif()
configure_file(${duckdb_so} ${CMAKE_BINARY_DIR}/libduckdb.so COPYONLY)
add_library(duckdb SHARED IMPORTED GLOBAL)
set_target_properties(duckdb PROPERTIES IMPORTED_LOCATION ${CMAKE_BINARY_DIR}/libduckdb.so
  IMPORTED_SONAME libduckdb.so INTERFACE_INCLUDE_DIRECTORIES ${duckdb_dir})
set(CMAKE_BUILD_RPATH "$ORIGIN;$ORIGIN/..")
