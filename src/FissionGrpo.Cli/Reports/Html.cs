using System.Net;

namespace FissionGrpo.Cli.Reports;

/// <summary>Text inside HTML: what a model wrote must never become markup.</summary>
internal static class Html
{
    public static string Escape(string text) => WebUtility.HtmlEncode(text);

    /// <summary>A page with its style inside, so that one file is all there is to send on.</summary>
    public static string Page(string title, string body) =>
        $$"""
        <!doctype html>
        <html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
        <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
        <title>{{Escape(title)}}</title><style>
        :root { color-scheme: light dark; --ink: light-dark(#1c2430, #e6e9ee); --soft: light-dark(#667085, #98a2b3); --line: light-dark(#e4e7ec, #344054); --card: light-dark(#fff, #161b22);
          --c0: light-dark(#1f6feb, #6cb6ff); --c1: light-dark(#d1680a, #f0a35e); --c2: light-dark(#1a7f37, #57c46f); --c3: light-dark(#8250df, #c297ff); }
        body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: light-dark(#f6f7f9, #0d1117); margin: 0 auto; max-width: 1060px; padding: 1.5rem; }
        h1 { font-size: 1.5rem; } h2 { font-size: 1.1rem; margin-top: 2rem; } .soft { color: var(--soft); }
        .charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(320px, 1fr)); gap: 1rem; }
        figure { margin: 0; background: var(--card); border: 1px solid var(--line); border-radius: 8px; padding: .5rem; } svg { width: 100%; display: block; }
        path { fill: none; stroke-width: 1.8; stroke-linejoin: round; } .grid { stroke: var(--line); } .tick { font-size: 10px; fill: var(--soft); } .title { font-size: 12.5px; fill: var(--ink); font-weight: 600; }
        .s0 { stroke: var(--c0); } .s1 { stroke: var(--c1); } .s2 { stroke: var(--c2); } .s3 { stroke: var(--c3); }
        figcaption { font-size: 12px; } .k0 { color: var(--c0); } .k1 { color: var(--c1); } .k2 { color: var(--c2); } .k3 { color: var(--c3); }
        table { border-collapse: collapse; background: var(--card); font-variant-numeric: tabular-nums; } th, td { text-align: left; padding: .3rem .7rem; border: 1px solid var(--line); font-size: 13.5px; }
        pre { background: var(--card); border: 1px solid var(--line); border-radius: 8px; padding: .8rem; overflow-x: auto; font-size: 12.5px; } .scroll { overflow-x: auto; }
        </style></head><body>
        {{body}}
        </body></html>

        """;
}
