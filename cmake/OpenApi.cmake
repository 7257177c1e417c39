# The description of the HTTP interface, src/app/openapi.json, packed into the program as text.
set(openapi_file ${CMAKE_SOURCE_DIR}/src/app/openapi.json)
set(openapi_source ${CMAKE_BINARY_DIR}/openapi.cc)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${openapi_file})
file(READ ${openapi_file} openapi_json)
file(CONFIGURE OUTPUT ${openapi_source} @ONLY CONTENT "#include \"app/http_operations.h\"

namespace furrow::app {
std::string_view openapi_json() {
  return R\"openapi(@openapi_json@)openapi\";
}
}  // namespace furrow::app
")
add_library(furrow_openapi STATIC ${openapi_source})
target_include_directories(furrow_openapi PRIVATE ${CMAKE_SOURCE_DIR}/src)
target_link_libraries(furrow_app ${FURROW_APP_SCOPE} furrow_openapi)
