/* The part of DuckDB's C API (1.5) that Furrow uses, written from its public documentation.
 * The npm package that carries libduckdb.so has no header; the functions here are in the API that DuckDB keeps stable.
 * table/database.cc checks duckdb_library_version() when it opens a database. */
#ifndef FURROW_THIRD_PARTY_DUCKDB_H
#define FURROW_THIRD_PARTY_DUCKDB_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef uint64_t idx_t;
typedef enum { DuckDBSuccess = 0, DuckDBError = 1 } duckdb_state;

typedef enum DUCKDB_TYPE {
  DUCKDB_TYPE_INVALID = 0,
  DUCKDB_TYPE_BOOLEAN = 1,
  DUCKDB_TYPE_TINYINT = 2,
  DUCKDB_TYPE_SMALLINT = 3,
  DUCKDB_TYPE_INTEGER = 4,
  DUCKDB_TYPE_BIGINT = 5,
  DUCKDB_TYPE_UTINYINT = 6,
  DUCKDB_TYPE_USMALLINT = 7,
  DUCKDB_TYPE_UINTEGER = 8,
  DUCKDB_TYPE_UBIGINT = 9,
  DUCKDB_TYPE_FLOAT = 10,
  DUCKDB_TYPE_DOUBLE = 11,
  DUCKDB_TYPE_TIMESTAMP = 12,
  DUCKDB_TYPE_DATE = 13,
  DUCKDB_TYPE_TIME = 14,
  DUCKDB_TYPE_INTERVAL = 15,
  DUCKDB_TYPE_HUGEINT = 16,
  DUCKDB_TYPE_VARCHAR = 17,
  DUCKDB_TYPE_BLOB = 18,
  DUCKDB_TYPE_DECIMAL = 19,
  DUCKDB_TYPE_TIMESTAMP_S = 20,
  DUCKDB_TYPE_TIMESTAMP_MS = 21,
  DUCKDB_TYPE_TIMESTAMP_NS = 22,
  DUCKDB_TYPE_ENUM = 23,
  DUCKDB_TYPE_LIST = 24,
  DUCKDB_TYPE_STRUCT = 25,
  DUCKDB_TYPE_MAP = 26,
  DUCKDB_TYPE_UUID = 27,
  DUCKDB_TYPE_UNION = 28,
  DUCKDB_TYPE_BIT = 29,
  DUCKDB_TYPE_TIME_TZ = 30,
  DUCKDB_TYPE_TIMESTAMP_TZ = 31,
  DUCKDB_TYPE_UHUGEINT = 32,
  DUCKDB_TYPE_ARRAY = 33
} duckdb_type;

typedef enum duckdb_statement_type_ {
  DUCKDB_STATEMENT_TYPE_INVALID = 0,
  DUCKDB_STATEMENT_TYPE_SELECT = 1,
  DUCKDB_STATEMENT_TYPE_EXPLAIN = 4
} duckdb_statement_type;

typedef struct _duckdb_database { void* internal_ptr; } *duckdb_database;
typedef struct _duckdb_connection { void* internal_ptr; } *duckdb_connection;
typedef struct _duckdb_config { void* internal_ptr; } *duckdb_config;
typedef struct _duckdb_prepared_statement { void* internal_ptr; } *duckdb_prepared_statement;
typedef struct _duckdb_extracted_statements { void* internal_ptr; } *duckdb_extracted_statements;
typedef struct _duckdb_pending_result { void* internal_ptr; } *duckdb_pending_result;
typedef struct _duckdb_appender { void* internal_ptr; } *duckdb_appender;
typedef struct _duckdb_logical_type { void* internal_ptr; } *duckdb_logical_type;
typedef struct _duckdb_data_chunk { void* internal_ptr; } *duckdb_data_chunk;
typedef struct _duckdb_vector { void* internal_ptr; } *duckdb_vector;

/* A text in a vector: up to 12 bytes inline, longer behind a pointer. */
typedef struct {
  union {
    struct { uint32_t length; char prefix[4]; char* ptr; } pointer;
    struct { uint32_t length; char inlined[12]; } inlined;
  } value;
} duckdb_string_t;

typedef struct {
  idx_t deprecated_column_count;
  idx_t deprecated_row_count;
  idx_t deprecated_rows_changed;
  void* deprecated_columns;
  char* deprecated_error_message;
  void* internal_data;
} duckdb_result;

const char* duckdb_library_version(void);
void duckdb_free(void* ptr);

duckdb_state duckdb_create_config(duckdb_config* out_config);
duckdb_state duckdb_set_config(duckdb_config config, const char* name, const char* option);
void duckdb_destroy_config(duckdb_config* config);
duckdb_state duckdb_open_ext(const char* path, duckdb_database* out_database, duckdb_config config, char** out_error);
void duckdb_close(duckdb_database* database);
duckdb_state duckdb_connect(duckdb_database database, duckdb_connection* out_connection);
void duckdb_disconnect(duckdb_connection* connection);
void duckdb_interrupt(duckdb_connection connection);

duckdb_state duckdb_query(duckdb_connection connection, const char* query, duckdb_result* out_result);
void duckdb_destroy_result(duckdb_result* result);
const char* duckdb_column_name(duckdb_result* result, idx_t col);
duckdb_type duckdb_column_type(duckdb_result* result, idx_t col);
duckdb_logical_type duckdb_column_logical_type(duckdb_result* result, idx_t col);
idx_t duckdb_column_count(duckdb_result* result);
const char* duckdb_result_error(duckdb_result* result);
duckdb_data_chunk duckdb_fetch_chunk(duckdb_result result);  /* NULL at the end */

idx_t duckdb_extract_statements(duckdb_connection connection, const char* query,
                                duckdb_extracted_statements* out_extracted_statements);
duckdb_state duckdb_prepare_extracted_statement(duckdb_connection connection,
                                                duckdb_extracted_statements extracted_statements, idx_t index,
                                                duckdb_prepared_statement* out_prepared_statement);
const char* duckdb_extract_statements_error(duckdb_extracted_statements extracted_statements);
void duckdb_destroy_extracted(duckdb_extracted_statements* extracted_statements);
duckdb_state duckdb_prepare(duckdb_connection connection, const char* query, duckdb_prepared_statement* out_statement);
void duckdb_destroy_prepare(duckdb_prepared_statement* prepared_statement);
const char* duckdb_prepare_error(duckdb_prepared_statement prepared_statement);
duckdb_statement_type duckdb_prepared_statement_type(duckdb_prepared_statement statement);
duckdb_state duckdb_execute_prepared(duckdb_prepared_statement prepared_statement, duckdb_result* out_result);
duckdb_state duckdb_pending_prepared_streaming(duckdb_prepared_statement prepared_statement,
                                               duckdb_pending_result* out_result);
const char* duckdb_pending_error(duckdb_pending_result pending_result);
duckdb_state duckdb_execute_pending(duckdb_pending_result pending_result, duckdb_result* out_result);
void duckdb_destroy_pending(duckdb_pending_result* pending_result);

duckdb_logical_type duckdb_create_logical_type(duckdb_type type);
duckdb_type duckdb_get_type_id(duckdb_logical_type type);
uint8_t duckdb_decimal_scale(duckdb_logical_type type);
duckdb_type duckdb_decimal_internal_type(duckdb_logical_type type);
void duckdb_destroy_logical_type(duckdb_logical_type* type);
duckdb_data_chunk duckdb_create_data_chunk(duckdb_logical_type* types, idx_t column_count);
void duckdb_destroy_data_chunk(duckdb_data_chunk* chunk);
void duckdb_data_chunk_reset(duckdb_data_chunk chunk);
duckdb_vector duckdb_data_chunk_get_vector(duckdb_data_chunk chunk, idx_t col_idx);
idx_t duckdb_data_chunk_get_size(duckdb_data_chunk chunk);
void duckdb_data_chunk_set_size(duckdb_data_chunk chunk, idx_t size);
idx_t duckdb_vector_size(void);
void* duckdb_vector_get_data(duckdb_vector vector);
uint64_t* duckdb_vector_get_validity(duckdb_vector vector);  /* NULL: all valid */
void duckdb_vector_ensure_validity_writable(duckdb_vector vector);
void duckdb_vector_assign_string_element_len(duckdb_vector vector, idx_t index, const char* str, idx_t str_len);

duckdb_state duckdb_appender_create(duckdb_connection connection, const char* schema, const char* table,
                                    duckdb_appender* out_appender);
const char* duckdb_appender_error(duckdb_appender appender);
duckdb_state duckdb_appender_flush(duckdb_appender appender);
duckdb_state duckdb_appender_destroy(duckdb_appender* appender);
duckdb_state duckdb_append_data_chunk(duckdb_appender appender, duckdb_data_chunk chunk);

/* Table functions: a query reads rows that the program makes. */
typedef struct _duckdb_table_function { void* internal_ptr; } *duckdb_table_function;
typedef struct _duckdb_bind_info { void* internal_ptr; } *duckdb_bind_info;
typedef struct _duckdb_init_info { void* internal_ptr; } *duckdb_init_info;
typedef struct _duckdb_function_info { void* internal_ptr; } *duckdb_function_info;
typedef void (*duckdb_delete_callback_t)(void* data);
typedef void (*duckdb_table_function_bind_t)(duckdb_bind_info info);
typedef void (*duckdb_table_function_init_t)(duckdb_init_info info);
typedef void (*duckdb_table_function_t)(duckdb_function_info info, duckdb_data_chunk output);
duckdb_table_function duckdb_create_table_function(void);
void duckdb_destroy_table_function(duckdb_table_function* table_function);
void duckdb_table_function_set_name(duckdb_table_function table_function, const char* name);
void duckdb_table_function_set_extra_info(duckdb_table_function table_function, void* extra_info, duckdb_delete_callback_t destroy);
void duckdb_table_function_set_bind(duckdb_table_function table_function, duckdb_table_function_bind_t bind);
void duckdb_table_function_set_init(duckdb_table_function table_function, duckdb_table_function_init_t init);
void duckdb_table_function_set_function(duckdb_table_function table_function, duckdb_table_function_t function);
duckdb_state duckdb_register_table_function(duckdb_connection connection, duckdb_table_function function);
void* duckdb_bind_get_extra_info(duckdb_bind_info info);
void duckdb_bind_add_result_column(duckdb_bind_info info, const char* name, duckdb_logical_type type);
void duckdb_init_set_max_threads(duckdb_init_info info, idx_t max_threads);
void* duckdb_function_get_extra_info(duckdb_function_info info);
void duckdb_function_set_error(duckdb_function_info info, const char* error);

#ifdef __cplusplus
}
#endif
#endif
