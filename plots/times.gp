# The times of each model with their spread: every launch a dot, the median a bar with its 95 %
# interval; a dashed line is the ideal; a model that cannot be is a row with the reason. Usage, in a
# run's folder:
# gnuplot -c times.gp PLOTS_DIR CELL OUTPUT svg|png
plots = ARG1
cell = ARG2
load plots.'/style.gp'
rule = ''
within = 0
ideal = 0
load 'data/'.cell.'.gp'
height = 150 + 62 * rows + (rule ne '' ? 22 : ideal > 0 ? 11 : 0)
if (ARG4 eq 'svg') {
  set terminal svg size 860, height noenhanced font 'DejaVu Sans,13' background '#ffffff'
} else {
  set terminal pngcairo size 860, height noenhanced font 'DejaVu Sans,10' background '#ffffff'
}
title_size = ARG4 eq 'svg' ? '15' : '12'
median_size = ARG4 eq 'svg' ? 0.55 : 1.4 # not to hide the interval
set output ARG3
set tmargin 3 + (rule ne '' ? 2 : ideal > 0 ? 1 : 0)
if (rule eq '') {
  set label 101 chart_title at screen 0.02, screen 1 offset 0, -1.3 left font ',' . title_size
} else {
  set label 101 rule at screen 0.02, screen 1 offset 0, -1.3 left font ',' . title_size
  set label 102 chart_title at screen 0.02, screen 1 offset 0, -2.7 left tc rgb '#555555'
}
set xlabel axis.'  (dots: launches; bar: median and its 95 % interval)'
set yrange [0.4:rows + 0.6]
left = logarithmic ? least / 2 : 0
set xrange [left:*]
if (logarithmic) {
  set logscale x
  set format x '%.0f'
} else {
  set offsets 0, graph 0.10, 0, 0
}
if (within > 0) {
  set object 1 rectangle from best, graph 0 to within, graph 1 fc rgb '#dddddd' fs solid 0.7 noborder behind
  set label 100 'within 5 % of the best' at best, graph 1.0 offset 0, 0.6 tc rgb '#777777' font ',10'
}
if (ideal > 0) {
  set arrow 1 from ideal, graph 0 to ideal, graph 1 nohead lc rgb '#000000' dt (30, 20) back
  set label 103 'ideal' at ideal, graph 1.0 right offset -0.5, 0.6 tc rgb '#000000' font ',10'
}
plot 'data/'.cell.'.points.dat' using 1:2:3 with points pt 7 ps 0.35 lc rgb variable, \
     'data/'.cell.'.medians.dat' using 1:2:3:4:5 with xerrorbars pt 0 lw 3 lc rgb variable, \
     '' using 1:2:5 with points pt 13 ps median_size lc rgb variable, \
     '' using 1:2:6 with labels left offset (ideal > 0 ? 0.6 : -0.5), 1.1 tc rgb '#222222', \
     'data/'.cell.'.reasons.dat' using (left * 1.001):1:2 \
       with labels left offset 0.8, 0 tc rgb '#777777'
