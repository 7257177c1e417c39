// A table of rows: sort, filter, choose columns, export. Draws only the rows in sight once there are many.
import { DownloadOutlined, SearchOutlined, TableOutlined } from '@ant-design/icons';
import { Button, Checkbox, Dropdown, Input, Table } from 'antd';
import { useMemo, useState, type ReactNode } from 'react';

import { useLocale } from '../i18n/Locale';
import { compareCells, downloadCsv, matchesFilter, type Cell } from './rows';

export interface Column<Row> {
  key: string;
  title: string;
  cell: (row: Row) => Cell; // what is sorted, filtered and exported
  show?: (row: Row) => ReactNode; // how it looks, when not the cell itself
  number?: boolean;
  hidden?: boolean; // until the reader chooses the columns
  width?: number;
  line?: boolean; // kept on one line: a time, a short code
}

interface DataTableProps<Row> {
  name: string; // of the exported file
  label: string;
  rows: Row[];
  rowKey: (row: Row) => string;
  columns: Column<Row>[];
  empty?: ReactNode;
  tools?: ReactNode;
  filterable?: boolean;
  onMore?: () => void; // there are more on the server
  loadingMore?: boolean;
}

const kVirtualFrom = 100;
// Only the rows in sight are measured, so that columns of many rows have widths given.
const kNumberWidth = 114;
const kWordsWidth = 128;

export function DataTable<Row extends object>(props: DataTableProps<Row>) {
  const { columns, rows, filterable = true } = props;
  const { t, format } = useLocale();
  const [filter, setFilter] = useState('');
  const [chosen, setChosen] = useState<Record<string, boolean>>({}); // by the reader; the others as the page says
  const visible = columns.filter((column) => chosen[column.key] ?? !column.hidden);
  const matching = useMemo(
    () => (filter ? rows.filter((row) => matchesFilter(columns.map((column) => column.cell(row)), filter)) : rows),
    [rows, columns, filter],
  );
  if (rows.length === 0 && props.empty) {
    return <>{props.tools && <div className="table-tools">{props.tools}</div>}{props.empty}</>;
  }
  const virtual = matching.length > kVirtualFrom;
  return (
    <div className="table">
      <div className="table-tools">
        {props.tools}
        {filterable && (
          <Input
            type="search"
            allowClear
            prefix={<SearchOutlined aria-hidden />}
            className="table-filter"
            placeholder={t('ui.table.filter')}
            aria-label={t('ui.table.filter')}
            onChange={(event) => setFilter(event.target.value)}
          />
        )}
        <span className="spread" />
        <span className="quiet" aria-live="polite">{t('ui.table.rows', { rows: matching.length })}</span>
        <Dropdown
          trigger={['click']}
          menu={{ items: [] }}
          popupRender={() => (
            <div className="column-choice">
              <Checkbox.Group
                value={visible.map((column) => column.key)}
                onChange={(keys) => setChosen(Object.fromEntries(columns.map((column) => [column.key, keys.includes(column.key)])))}
                options={columns.map((column) => ({ label: column.title, value: column.key }))}
              />
            </div>
          )}
        >
          <Button size="small" icon={<TableOutlined />}>{t('ui.table.columns')}</Button>
        </Dropdown>
        <Button
          size="small"
          icon={<DownloadOutlined />}
          onClick={() =>
            downloadCsv(
              props.name,
              visible.map((column) => column.title),
              matching.map((row) => visible.map((column) => column.cell(row))),
            )
          }
        >
          {t('ui.table.export')}
        </Button>
      </div>
      <Table<Row>
        aria-label={props.label}
        size="small"
        dataSource={matching}
        rowKey={props.rowKey}
        pagination={false}
        virtual={virtual}
        // Cells wrap before the table grows wider than its place: what follows from a row stands last, and has to be in sight.
        scroll={virtual ? { x: 900, y: 600 } : { x: true }}
        locale={{ emptyText: t('ui.table.none') }}
        columns={visible.map((column) => ({
          key: column.key,
          title: column.title,
          width: column.width ?? (!virtual ? undefined : column.number ? kNumberWidth : kWordsWidth),
          className: column.number || column.line ? 'line' : 'words',
          align: column.number ? ('right' as const) : undefined,
          sorter: (a: Row, b: Row) => compareCells(column.cell(a), column.cell(b), format.locale),
          render: (_: unknown, row: Row) => (column.show ? column.show(row) : String(column.cell(row) ?? '–')),
        }))}
      />
      {props.onMore && (
        <Button className="more" onClick={props.onMore} loading={props.loadingMore}>{t('ui.table.more')}</Button>
      )}
    </div>
  );
}
