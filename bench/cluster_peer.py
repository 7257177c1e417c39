# scikit-learn's k-means on the rows that `cluster_bench FILE` left: python3 bench/cluster_peer.py FILE
import sys, time
import numpy, sklearn
from sklearn.cluster import KMeans

print("scikit-learn", sklearn.__version__)
for deviation in ("0.5", "1"):
    rows = numpy.fromfile(f"{sys.argv[1]}.{deviation}", dtype=numpy.float32).reshape(-1, 20)
    for name, starts, tolerance in (("default, one start", 1, 1e-4), ("ten starts", 10, 1e-4)):
        wall, processor = time.time(), time.process_time()
        fit = KMeans(10, n_init=starts, tol=tolerance, random_state=1).fit(rows)
        print(f"deviation {deviation}, {name:<20} {time.time() - wall:7.3f} s wall {time.process_time() - processor:7.3f} s processor  inertia {fit.inertia_:.6e}, {fit.n_iter_} steps", flush=True)
