// A line under the pointer, and in each heading what was true there. The page is complete without.
(() => {
  const tracks = document.querySelector('.tracks');
  const cursor = document.querySelector('.cursor');
  const data = JSON.parse(document.getElementById('data').textContent);
  const outputs = [...document.querySelectorAll('.track output')];
  const duration = Number(tracks.dataset.duration);

  const nearest = (times, t) => {
    let low = 0, high = times.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (times[middle] < t) low = middle + 1; else high = middle;
    }
    return low > 0 && t - times[low - 1] < times[low] - t ? low - 1 : low;
  };
  const told = (track, t) => {
    const words = track.spans.filter((s) => s[0] <= t && t < s[1]).map((s) => s[2]);
    for (const line of track.lines) {
      const k = nearest(line.t, t);
      if (line.v[k] === null || line.v[k] === undefined || Math.abs(line.t[k] - t) > line.reach) continue;
      words.push((track.lines.length > 1 ? line.name + ' ' : '') + line.v[k] + (track.unit ? ' ' + track.unit : ''));
    }
    return words.join(', ');
  };
  const show = (event) => {
    const box = tracks.getBoundingClientRect();
    const t = (event.clientX - box.left) / box.width * duration;
    const inside = t >= 0 && t <= duration;
    cursor.hidden = !inside;
    cursor.style.left = (100 * t / duration) + '%';
    outputs.forEach((output, k) => {
      const words = inside ? told(data[k], t) : '';
      output.textContent = words && t.toFixed(2) + ' s: ' + words;
    });
  };
  tracks.addEventListener('pointermove', show);
  tracks.addEventListener('pointerdown', show);
  tracks.addEventListener('pointerleave', () => {
    cursor.hidden = true;
    outputs.forEach((output) => { output.textContent = ''; });
  });
})();
