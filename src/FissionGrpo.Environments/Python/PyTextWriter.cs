using System.Globalization;

namespace FissionGrpo.Environments.Python;

/// <summary>A growing buffer of characters with a limit, so that no result can exhaust memory.</summary>
internal sealed class PyTextWriter
{
    private const int Limit = 1 << 26;

    private char[] _buffer = new char[1024];
    private int _length;

    public int Length => _length;

    /// <summary>What was written from this place on.</summary>
    public string From(int start) => new(_buffer, start, _length - start);

    public void Clear()
    {
        _length = 0;
        if (_buffer.Length > 1 << 20)
            _buffer = new char[1024];
    }

    public void Append(char c)
    {
        if (_length == _buffer.Length)
            Grow(1);
        _buffer[_length++] = c;
    }

    public void Append(ReadOnlySpan<char> text)
    {
        if (text.Length > _buffer.Length - _length)
            Grow(text.Length);
        text.CopyTo(_buffer.AsSpan(_length));
        _length += text.Length;
    }

    public void Append(long value)
    {
        if (_buffer.Length - _length < 20)
            Grow(20);
        value.TryFormat(_buffer.AsSpan(_length), out var written, default, CultureInfo.InvariantCulture);
        _length += written;
    }

    public void AppendHex(int value, int digits)
    {
        for (var shift = 4 * (digits - 1); shift >= 0; shift -= 4)
            Append("0123456789abcdef"[(value >> shift) & 15]);
    }

    public override string ToString() => new(_buffer, 0, _length);

    private void Grow(int more)
    {
        if ((long)_length + more > Limit)
            throw PyException.TooLarge("the text");
        Array.Resize(ref _buffer, Math.Max(_length + more, Math.Min(Limit, _buffer.Length * 2)));
    }
}
