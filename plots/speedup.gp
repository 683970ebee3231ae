# How many times as fast as sequential each model is, a panel a workload, with the interval of
# that ratio by blocks. Usage, in a run's folder: gnuplot -c speedup.gp PLOTS_DIR OUTPUT svg|png CELL…
plots = ARG1
panels = ARGC - 3
load plots.'/style.gp'
array cells[5]
if (panels >= 1) { cells[1] = ARG4 }
if (panels >= 2) { cells[2] = ARG5 }
if (panels >= 3) { cells[3] = ARG6 }
if (ARG3 eq 'svg') {
  set terminal svg size 860, 330 noenhanced font 'DejaVu Sans,13' background '#ffffff'
} else {
  set terminal pngcairo size 860, 330 noenhanced font 'DejaVu Sans,10' background '#ffffff'
}
set output ARG2
set multiplot layout 1, panels title 'How many times as fast as sequential (bar: interval of the ratio)'
set xrange [0:*]
set offsets 0, graph 0.15, 0, 0
set boxwidth 0.5
set style fill solid 0.85 noborder
do for [i = 1:panels] {
  rule = ''
  load 'data/'.cells[i].'.gp'
  set title cells[i]
  set xlabel 'times as fast'
  set yrange [0.4:rows + 0.6]
  set arrow 1 from 1, graph 0 to 1, graph 1 nohead lc rgb '#888888' dt 2
  plot 'data/speedup-'.cells[i].'.dat' using (0):2:(0):1:($2 - 0.25):($2 + 0.25):5 with boxxyerror lc rgb variable, \
       '' using 1:2:3:4 with xerrorbars pt 0 lw 2 lc rgb '#222222', \
       '' using 4:2:6 with labels left offset 0.8, 0 tc rgb '#222222', \
       'data/'.cells[i].'.reasons.dat' using (0):1:('n/a') \
         with labels left offset 0.8, 0 tc rgb '#777777'
}
unset multiplot
