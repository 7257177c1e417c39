// One process, one suite after the other: a machine with two cores drives one browser at a time.
import './pages.test.mjs';
import './models.test.mjs';
