#!/usr/bin/env python3
"""Seven exports of one company, as dirty as real ones: cleaned, linked, and judged by the twin's truth.

    ninja -C build furrow && python3 bench/seven_systems.py build/furrow FOLDER [CUSTOMERS]

Makes the exports when FOLDER has none (`furrow simulate files --real-dirt`), then, timed: `furrow clean` of each, the web events on one
core and the other six on the other, followed there by `furrow link` of the five that name people. Prints what the commands say of
themselves (standardised share), time, processor seconds and peak memory as the system counted them, and pairwise F1 of the people
against truth_people.csv, which no command reads.
"""
import csv
import json
import os
import subprocess
import sys
import threading
import time
from collections import Counter

PEOPLE = {"crm.csv": "客户编号", "orders.csv": "order_no", "email_platform.tsv": "subscriber_id", "support_tickets.jsonl": "ticket",
          "loyalty_cards.csv": "Card No"}
EVENTS = "web_events.jsonl.gz"


def run(usage, name, *command):
    start = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    if status != 0:
        sys.exit(f"failed: {' '.join(command)}")
    usage[name] = (time.monotonic() - start, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)


def pairs(counts):
    return sum(n * (n - 1) // 2 for n in counts.values())


def f1(truth_file, people_file):
    with open(truth_file, encoding="utf-8") as rows:
        truth = {(row["source"], row["id"]): row["person"] for row in csv.DictReader(rows)}
    found, true, both = Counter(), Counter(), Counter()
    with open(people_file, encoding="utf-8") as rows:
        for row in csv.DictReader(rows):
            person = truth[row["source"], row["id"]]
            found[row["person"]] += 1
            true[person] += 1
            both[row["person"], person] += 1
    right = pairs(both)
    return sum(found.values()), len(found), len(true), right / pairs(found), right / pairs(true), 2 * right / (pairs(found) + pairs(true))


def faulty_share(folder):
    """Of the behaviour records, how many the twin made faulty."""
    with open(f"{folder}/truth_events.csv", encoding="utf-8") as rows:
        return sum(1 for _ in rows) - 1


def main():
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    furrow, folder = sys.argv[1], sys.argv[2]
    customers = sys.argv[3] if len(sys.argv) > 3 else "120000"
    if not os.path.exists(f"{folder}/truth_people.csv"):
        subprocess.run([furrow, "simulate", "files", "--real-dirt", "--customers", customers, "--months", "1", "--seed", "1", "--until",
                        "2026-11-22T00:00:00Z", "--out", folder], check=True)
    out = f"{folder}/clean"
    os.makedirs(out, exist_ok=True)
    usage = {}

    def clean(file):
        stem = file.split(".")[0]
        run(usage, file, furrow, "clean", f"{folder}/{file}", "--out", f"{out}/{stem}.{'jsonl' if file == EVENTS else 'csv'}", "--report",
            f"{out}/{stem}.json")

    def the_rest():
        for file in [*PEOPLE, "dmp.csv.gz"]:
            clean(file)
        cleaned = [f"{out}/{file.split('.')[0]}.csv" for file in PEOPLE]
        run(usage, "link", furrow, "link", *cleaned, "--id", ",".join(PEOPLE.values()), "--out", f"{out}/people.csv")

    start = time.monotonic()
    threads = [threading.Thread(target=clean, args=(EVENTS,)), threading.Thread(target=the_rest)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seconds = time.monotonic() - start

    totals = {"six": [0, 0.0, 0.0], "seven": [0, 0.0, 0.0]}
    print(f"{'export':<24}{'rows':>9}{'before':>9}{'after':>9}{'seconds':>9}{'processor':>11}{'MiB':>7}")
    for file in [*PEOPLE, "dmp.csv.gz", EVENTS]:
        with open(f"{out}/{file.split('.')[0]}.json", encoding="utf-8") as text:
            report = json.load(text)
        for column in report["columns"]:
            if not column["counted"]:
                continue
            values = column["cells"] - column["missing_before"]
            for name in ["seven"] if file == EVENTS else ["six", "seven"]:
                totals[name][0] += values
                totals[name][1] += values * (column["standardised_before"] or 0)
                totals[name][2] += values * (column["standardised_after"] or 0)
        wall, processor, peak = usage[file]
        print(f"{file:<24}{report['rows_in']:>9}{report['standardised_before']:>9.3f}{report['standardised_after']:>9.3f}{wall:>9.1f}"
              f"{processor:>11.1f}{peak:>7.0f}")
        if file == EVENTS:
            print(f"  of the events {faulty_share(folder) / report['rows_in']:.3f} are faulty")
    for name, (values, before, after) in totals.items():
        print(f"{name} exports: {values} values, standardised {before / values:.3f} before, {after / values:.3f} after")
    records, people, true_people, precision, recall, f = f1(f"{folder}/truth_people.csv", f"{out}/people.csv")
    wall, processor, peak = usage["link"]
    print(f"link: {records} records, {people} people (truly {true_people}), {wall:.1f} s, processor {processor:.1f} s, {peak:.0f} MiB")
    print(f"people: precision {precision:.4f}  recall {recall:.4f}  F1 {f:.4f}")
    most = usage[EVENTS][2] + max(peak for name, (_, _, peak) in usage.items() if name != EVENTS)
    print(f"all: {seconds:.1f} s, processor {sum(used for _, used, _ in usage.values()):.1f} s, at most {most:.0f} MiB at a time")


main()
