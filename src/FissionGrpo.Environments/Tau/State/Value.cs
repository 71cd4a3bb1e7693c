using System.Numerics;

namespace FissionGrpo.Environments.Tau.State;

/// <summary>
/// An immutable JSON value with the types of Python, in which these worlds were written: <c>1</c>, <c>1.0</c> and <c>true</c> are three values
/// that compare equal and print differently. Values are shared freely between states, forks and threads; a change makes a new value.
/// </summary>
internal abstract class Value
{
    private Value()
    {
    }

    public static readonly Value None = new Null();
    public static readonly Value True = new Bool(true);
    public static readonly Value False = new Bool(false);
    public static readonly Value Zero = new Int(BigInteger.Zero);

    /// <summary>Python's name of the type, as error texts use it.</summary>
    public abstract string TypeName { get; }

    public static implicit operator Value(string text) => new Text(text);

    public static implicit operator Value(int number) => new Int(number);

    public static implicit operator Value(double number) => new Float(number);

    public static implicit operator Value(bool truth) => truth ? True : False;

    public sealed class Null : Value
    {
        public override string TypeName => "NoneType";
    }

    public sealed class Bool(bool truth) : Value
    {
        public bool Truth { get; } = truth;

        public override string TypeName => "bool";
    }

    public sealed class Int(BigInteger number) : Value
    {
        public BigInteger Number { get; } = number;

        public override string TypeName => "int";
    }

    public sealed class Float(double number) : Value
    {
        public double Number { get; } = number;

        public override string TypeName => "float";
    }

    public sealed class Text(string content) : Value
    {
        public string Content { get; } = content;

        public override string TypeName => "str";
    }

    public sealed class List(Value[] items) : Value
    {
        public static readonly List Empty = new([]);

        /// <summary><c>json.dumps</c> of the list once somebody has needed it as a part of a record. Threads that ask at once write the same.</summary>
        public string? JsonText { get; set; }

        /// <summary>The elements; never written to after construction.</summary>
        public Value[] Items { get; } = items;

        public override string TypeName => "list";

        public List Add(params ReadOnlySpan<Value> more) => new([.. Items, .. more]);

        public List With(int index, Value item)
        {
            var items = (Value[])Items.Clone();
            items[index] = item;
            return new List(items);
        }
    }

    /// <summary>An object. Members keep the order in which they were added, as in Python; a replaced member keeps its place.</summary>
    public sealed class Dict(string[] keys, Value[] values) : Value
    {
        public static readonly Dict Empty = new([], []);

        /// <summary>As of a list.</summary>
        public string? JsonText { get; set; }

        /// <summary>The names; never written to after construction, and shared between records of one shape.</summary>
        public string[] Keys { get; } = keys;

        /// <summary>The values, parallel to <see cref="Keys"/>; never written to after construction.</summary>
        public Value[] Values { get; } = values;

        public override string TypeName => "dict";

        public int Count => Keys.Length;

        public static Dict Of(params ReadOnlySpan<(string Key, Value Value)> members)
        {
            var keys = new string[members.Length];
            var values = new Value[members.Length];
            for (var i = 0; i < members.Length; i++)
                (keys[i], values[i]) = members[i];
            return new Dict(keys, values);
        }

        /// <summary>The member, or null when there is none.</summary>
        public Value? Find(string key)
        {
            var index = IndexOf(key);
            return index < 0 ? null : Values[index];
        }

        public Dict With(string key, Value value)
        {
            var index = IndexOf(key);
            if (index < 0)
                return new Dict([.. Keys, key], [.. Values, value]);
            var values = (Value[])Values.Clone();
            values[index] = value;
            return new Dict(Keys, values);
        }

        /// <summary>Several changes at once.</summary>
        public Dict With(params ReadOnlySpan<(string Key, Value Value)> members)
        {
            var added = 0;
            foreach (var (key, _) in members)
                added += IndexOf(key) < 0 ? 1 : 0;
            var count = Keys.Length;
            var keys = added == 0 ? Keys : new string[count + added];
            var values = new Value[count + added];
            if (added > 0)
                Keys.CopyTo(keys, 0);
            Values.CopyTo(values, 0);
            foreach (var (key, value) in members)
            {
                var index = IndexOf(key);
                if (index < 0)
                {
                    index = count++;
                    keys[index] = key;
                }
                values[index] = value;
            }
            return new Dict(keys, values);
        }

        public Dict Without(string key)
        {
            var index = IndexOf(key);
            if (index < 0)
                return this;
            return new Dict([.. Keys.AsSpan(0, index), .. Keys.AsSpan(index + 1)], [.. Values.AsSpan(0, index), .. Values.AsSpan(index + 1)]);
        }

        private int IndexOf(string key)
        {
            var keys = Keys;
            for (var i = 0; i < keys.Length; i++)
                if (keys[i] == key)
                    return i;
            return -1;
        }
    }
}
