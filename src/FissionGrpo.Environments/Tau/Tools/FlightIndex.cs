using System.Numerics;
using System.Text;
using FissionGrpo.Environments.Python;
using FissionGrpo.Environments.Tau.State;

namespace FissionGrpo.Environments.Tau.Tools;

/// <summary>
/// Searches over the flights, which no tool changes. Flights are grouped by their airports, in the order of the file, and the JSON of a
/// flight on a date is kept once it has been asked for.
/// </summary>
internal sealed class FlightIndex
{
    private readonly Lazy<Groups> _groups;

    public FlightIndex(Table flights) => _groups = new(() => new Groups(flights));

    public string SearchDirect(Value origin, Value destination, Value date)
    {
        var output = new StringBuilder("[");
        foreach (var flight in _groups.Value.Between(origin, destination))
        {
            if (!Py.Contains(flight.Dates, date) || !flight.IsAvailable(Text(date)))
                continue;
            Separate(output);
            output.Append(flight.On(Text(date), null));
        }
        return output.Append(']').ToString();
    }

    public string SearchOneStop(Value origin, Value destination, Value date)
    {
        var output = new StringBuilder("[");
        var groups = _groups.Value;
        foreach (var first in groups.From(origin))
        {
            foreach (var second in groups.Between(first.Destination, destination))
            {
                var secondDate = first.ArrivesNextDay ? NextDay(date) : date;
                if (PyString.Compare(first.Arrival, second.Departure) > 0)
                    continue;
                if (!Py.Contains(first.Dates, date) || !Py.Contains(second.Dates, secondDate))
                    continue;
                if (!first.IsAvailable(Text(date)) || !second.IsAvailable(Text(secondDate)))
                    continue;
                Separate(output);
                // The original shows the second flight's seats and prices of the first day.
                output.Append('[').Append(first.On(Text(date), Text(date)))
                    .Append(", ").Append(second.On(Text(date), Text(secondDate))).Append(']');
            }
        }
        return output.Append(']').ToString();
    }

    /// <summary><c>f"2024-05-{int(date[-2:]) + 1}"</c>: without a leading zero, and always in May.</summary>
    private static Value NextDay(Value date)
    {
        switch (date)
        {
            case Value.Text text:
                var characters = Py.Iterate(text);
                var end = string.Concat(characters.Skip(characters.Length - 2).Select(ValueText.Str));
                return $"2024-05-{PyLiteral.ParseInt(end).Big + BigInteger.One}";
            case Value.List:
                throw PyException.TypeError("int() argument must be a string, a bytes-like object or a real number, not 'list'");
            case Value.Dict:
                throw PyException.TypeError("unhashable type: 'slice'");
            default:
                throw PyException.TypeError($"'{date.TypeName}' object is not subscriptable");
        }
    }

    private static void Separate(StringBuilder output)
    {
        if (output.Length > 1)
            output.Append(", ");
    }

    private static string Text(Value date) => ((Value.Text)date).Content;

    private sealed class Groups
    {
        private readonly Dictionary<string, List<Flight>> _from = new(StringComparer.Ordinal);
        private readonly Dictionary<(string From, string To), List<Flight>> _between = [];

        public Groups(Table flights)
        {
            foreach (var record in flights.Records)
            {
                var flight = new Flight(record.Fields);
                Add(_from, flight.Origin, flight);
                Add(_between, (flight.Origin, flight.Destination), flight);
            }
        }

        public List<Flight> From(Value origin) => origin is Value.Text from && _from.TryGetValue(from.Content, out var flights) ? flights : [];

        public List<Flight> Between(Value origin, Value destination) => origin is Value.Text from ? Between(from.Content, destination) : [];

        public List<Flight> Between(string origin, Value destination) =>
            destination is Value.Text to && _between.TryGetValue((origin, to.Content), out var flights) ? flights : [];

        private static void Add<TKey>(Dictionary<TKey, List<Flight>> groups, TKey key, Flight flight)
            where TKey : notnull
        {
            if (!groups.TryGetValue(key, out var group))
                groups[key] = group = [];
            group.Add(flight);
        }
    }

    private sealed class Flight(Value.Dict fields)
    {
        private readonly System.Collections.Concurrent.ConcurrentDictionary<(string Shown, string? Named), string> _json = new();

        public string Origin { get; } = ValueText.Str(Py.Get(fields, "origin"));

        public string Destination { get; } = ValueText.Str(Py.Get(fields, "destination"));

        public string Departure { get; } = ValueText.Str(Py.Get(fields, "scheduled_departure_time_est"));

        public string Arrival { get; } = ValueText.Str(Py.Get(fields, "scheduled_arrival_time_est"));

        public bool ArrivesNextDay { get; } = ValueText.Str(Py.Get(fields, "scheduled_arrival_time_est")).Contains("+1", StringComparison.Ordinal);

        public Value.Dict Dates { get; } = Py.GetDict(fields, "dates");

        public bool IsAvailable(string date) => Py.AreEqual(Py.Get(Py.Get(Dates, date), "status"), "available");

        /// <summary>The flight's fields, those of the day shown, and the name of a date where the search gives one.</summary>
        public string On(string shown, string? named) => _json.TryGetValue((shown, named), out var known) ? known : Remember(shown, named);

        private string Remember(string shown, string? named)
        {
            var result = fields.Without("dates");
            var day = Py.AsDict(Py.Get(Dates, shown));
            for (var i = 0; i < day.Count; i++)
                result = result.With(day.Keys[i], day.Values[i]);
            if (named is not null)
                result = result.With("date", named);
            // Both dates are days of this flight or the day after one, so there are few; the texts of a whole database are some megabytes.
            return _json.GetOrAdd((shown, named), ValueText.Json(result));
        }
    }
}
