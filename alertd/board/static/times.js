// Moments in words, as the server writes them. Moments are milliseconds since 1970.

const DAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

const pad = (number) => String(number).padStart(2, "0");

export const countdown = (moment, now) => {
  const seconds = Math.floor(moment / 1000) - Math.floor(now / 1000);
  const size = Math.abs(seconds);
  const days = Math.floor(size / 86400);
  const time = [Math.floor(size / 3600) % 24, Math.floor(size / 60) % 60, size % 60].map(pad).join(":");
  return (seconds < 0 ? "+" : "") + (days ? `${days} d ` : "") + time;
};

export const utc = (moment) => `${new Date(moment).toISOString().slice(11, 19)}Z`;

export const dated = (moment) => {
  const day = new Date(moment);
  const words = [DAYS[day.getUTCDay()], day.getUTCDate(), MONTHS[day.getUTCMonth()], day.getUTCFullYear()];
  return `${utc(moment)} ${words.join(" ")}`;
};

export const yours = (moment, seconds) => {
  const local = new Date(moment);
  const ahead = -local.getTimezoneOffset();
  const zone = `${ahead < 0 ? "-" : "+"}${pad(Math.floor(Math.abs(ahead) / 60))}:${pad(Math.abs(ahead) % 60)}`;
  const parts = [local.getHours(), local.getMinutes(), local.getSeconds()].map(pad);
  const hour = seconds || local.getSeconds() ? parts.join(":") : parts[0] + parts[1];
  return `${hour} ${DAYS[local.getDay()]} ${local.getDate()} ${MONTHS[local.getMonth()]} your time (${zone})`;
};
