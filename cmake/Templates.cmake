# The workspaces that `furrow init` writes: the files under src/app/templates, packed into the program as text.
file(GLOB_RECURSE template_files CONFIGURE_DEPENDS LIST_DIRECTORIES false ${CMAKE_SOURCE_DIR}/src/app/templates/*)
list(SORT template_files)
set(templates_source ${CMAKE_BINARY_DIR}/templates.cc)
set(entries "")
foreach(file IN LISTS template_files)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${file})
  file(RELATIVE_PATH path ${CMAKE_SOURCE_DIR}/src/app/templates ${file})
  string(FIND ${path} "/" slash)
  string(SUBSTRING ${path} 0 ${slash} template)
  math(EXPR slash "${slash} + 1")
  string(SUBSTRING ${path} ${slash} -1 path)
  file(READ ${file} content)
  string(APPEND entries "    {\"${template}\", \"${path}\", R\"furrow_template(${content})furrow_template\"},\n")
endforeach()
file(CONFIGURE OUTPUT ${templates_source} @ONLY CONTENT "#include \"app/templates.h\"

namespace furrow::app {
namespace {
constexpr TemplateFile kFiles[] = {
@entries@};
}  // namespace
std::span<const TemplateFile> template_files() { return kFiles; }
}  // namespace furrow::app
")
add_library(furrow_templates STATIC ${templates_source})
target_include_directories(furrow_templates PRIVATE ${CMAKE_SOURCE_DIR}/src)
target_link_libraries(furrow_app ${FURROW_APP_SCOPE} furrow_templates)
