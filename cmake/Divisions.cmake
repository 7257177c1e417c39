# The table of Chinese administrative divisions, built into the program as text.
set(divisions_file ${CMAKE_SOURCE_DIR}/third_party/divisions/divisions.tsv)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${divisions_file})
file(READ ${divisions_file} divisions_text)
set(divisions_source ${CMAKE_BINARY_DIR}/divisions_data.cc)
file(CONFIGURE OUTPUT ${divisions_source} @ONLY CONTENT "#include \"govern/divisions.h\"

namespace furrow::govern {
std::string_view divisions_data() {
  return R\"divisions(@divisions_text@)divisions\";
}
}  // namespace furrow::govern
")
add_library(furrow_divisions STATIC ${divisions_source})
target_include_directories(furrow_divisions PRIVATE ${CMAKE_SOURCE_DIR}/src)
target_link_libraries(furrow_govern PUBLIC furrow_divisions)
