# Builds web/ with npm and packs web/dist into the program, each file beside its gzip form. The packer is a small C++
# program of ours (tools/assets), so that nothing but the compiler and npm is needed.
find_program(NPM npm REQUIRED)
file(GLOB_RECURSE web_sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/web/src/* ${CMAKE_SOURCE_DIR}/web/public/*)
set(web_stamp ${CMAKE_BINARY_DIR}/web.stamp)
set(web_modules ${CMAKE_SOURCE_DIR}/web/node_modules/.package-lock.json)
add_custom_command(OUTPUT ${web_modules}
  COMMAND ${NPM} ci --silent --no-audit --no-fund
  DEPENDS ${CMAKE_SOURCE_DIR}/web/package-lock.json
  WORKING_DIRECTORY ${CMAKE_SOURCE_DIR}/web COMMENT "Installing the dashboard's packages")
add_custom_command(OUTPUT ${web_stamp}
  COMMAND ${NPM} run --silent build
  COMMAND ${CMAKE_COMMAND} -E touch ${web_stamp}
  DEPENDS ${web_sources} ${web_modules} ${CMAKE_SOURCE_DIR}/web/package.json ${CMAKE_SOURCE_DIR}/web/index.html
          ${CMAKE_SOURCE_DIR}/web/vite.config.ts ${CMAKE_SOURCE_DIR}/src/app/openapi.json
  WORKING_DIRECTORY ${CMAKE_SOURCE_DIR}/web COMMENT "Building the dashboard")
add_custom_target(dashboard ALL DEPENDS ${web_stamp})
