# What tasks did under one or several models: a lane a worker, a row each task in progress there.
# All places are pixels of the plot; time is in milliseconds. The picture goes to standard output.
# Usage: gnuplot -c timeline.gp PLOTS_DIR SETTINGS DATA svg|png
plots = ARG1
data = ARG3
load plots.'/style.gp'
if (ARG4 eq 'svg') {
  title_font = ',16'
  panel_font = ',13'
} else {
  title_font = ',12'
  panel_font = ',10'
}
load ARG2
if (ARG4 eq 'svg') {
  set terminal svg size width, height noenhanced font 'DejaVu Sans,12' background '#ffffff'
} else {
  set terminal pngcairo size width, height noenhanced font 'DejaVu Sans,9' background '#ffffff'
}
set lmargin at screen left
set rmargin at screen right
set tmargin at screen top
set bmargin at screen bottom
set border 1 lc rgb '#888888'
set xrange [0:end]
set yrange [plot_height:0]
set xlabel "ms from the run's start" offset 0, 0.5
plot data index 'lanes' using 1:3:1:2:3:4 with boxxyerror fs empty lc rgb '#aaaaaa', \
     data index 'slices' using 1:3:1:2:3:4:5 with boxxyerror fs solid noborder fc rgb variable, \
     data index 'numbers' using 1:2:3 with labels center font (ARG4 eq 'svg' ? ',9' : ',7') tc rgb '#222222'
