// What ical.js (Thunderbird, Nextcloud) makes of calendars: with the clock of the file itself.
globalThis.readCalendar = (text) => {
  const calendar = new ICAL.Component(ICAL.parse(text));
  const zones = new Map(
    calendar.getAllSubcomponents("vtimezone").map((component) => {
      const zone = new ICAL.Timezone(component);
      return [zone.tzid, zone];
    }),
  );
  return calendar.getAllSubcomponents("vevent").map((event) => {
    const property = event.getFirstProperty("dtstart");
    const start = property.getFirstValue();
    const zone = zones.get(property.getParameter("tzid"));
    if (zone) start.zone = zone;
    const said = (name) => event.getFirstPropertyValue(name) ?? "";
    return { start: start.toUnixTime(), title: said("summary"), place: said("location") };
  });
};
