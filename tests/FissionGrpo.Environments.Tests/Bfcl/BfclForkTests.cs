using FissionGrpo.Environments.Bfcl;
using FsCheck;
using FsCheck.Fluent;

namespace FissionGrpo.Environments.Tests.Bfcl;

public sealed class BfclForkTests
{
    // Calls that read, set, change, fail, and change through what other calls return.
    private static readonly string[] Calls =
    [
        "cd(folder='d')", "cd(folder='..')", "mkdir(dir_name='n')", "touch(file_name='f')", "echo(content='new', file_name='a.txt')", "mv(source='d', destination='m')",
        "cp(source='d', destination='e')", "rm(file_name='a.txt')", "cat(file_name='a.txt')", "find()", "mv(source='n', destination='d')",
        "message_login(user_id='USR001')", "send_message(receiver_id='USR002', message='hey')", "delete_message(receiver_id='USR002')", "add_contact(user_name='Cid')",
        "authenticate_twitter(username='ann', password='pw')", "post_tweet(content='one')", "mention(tweet_id=1, mentioned_usernames=['@x'])", "comment(tweet_id=0, comment_content='c')",
        "retweet(tweet_id=0)", "follow_user(username_to_follow='zed')", "get_tweet(tweet_id=0).update({'content': 'changed'})",
        "ticket_login(username='ann', password='x')", "create_ticket(title='t')", "close_ticket(ticket_id=1)", "edit_ticket(ticket_id=1, updates={'title': 'u'})",
        "trading_login(username='a', password='b')", "place_order(order_type='Buy', symbol='ACM', price=1.5, amount=2)", "cancel_order(order_id=1)", "fund_account(amount=5)",
        "withdraw_funds(amount=3)", "add_to_watchlist(stock='ACM')", "remove_stock_from_watchlist(symbol='ACM')", "get_watchlist()['watchlist'].append('ZZZ')",
        "get_stock_info(symbol='ACM').update({'price': 11.0})", "authenticate_travel('i', 's', 'r', 'g', 'Ann', 'Lee')", "register_credit_card('t', '1', '1/30', 'Ann', 1)",
        "book_flight('t', 'c1', '2026-01-02', 'AAA', 'BBB', 'economy')", "set_budget_limit('t', 100)", "startEngine(ignitionMode='START')",
        "lockDoors(unlock=False, door=['driver', 'passenger', 'rear_left', 'rear_right'])", "pressBrakePedal(pedalPosition=1)", "fillFuelTank(fuelAmount=4)",
        "get_current_speed()", "set_navigation(destination=5)", "nonsense(", "cat()",
    ];

    [Fact]
    public void ForkNeverSeesItsSiblingAndEqualsFullReplay()
    {
        var paths = Gen.Choose(0, Calls.Length - 1).Select(i => Calls[i]).ArrayOf();
        var forks = from shared in paths from left in paths from right in paths select (shared, left, right);

        Prop.ForAll(forks.ToArbitrary(), Forgets).Check(Config.QuickThrowOnFailure.WithMaxTest(300).WithEndSize(40));
    }

    private static bool Forgets((string[], string[], string[]) paths)
    {
        var (shared, left, right) = paths;
        var a = SmallBfcl.World();
        Play(a, shared);
        var atFork = a.Digest();
        var b = a.Fork();
        var c = a.Fork();

        // Interleaved, so that a leak in either direction shows.
        for (var i = 0; i < Math.Max(left.Length, right.Length); i++)
        {
            if (i < left.Length)
                a.Execute(left[i]);
            if (i < right.Length)
                b.Execute(right[i]);
        }

        return a.Digest() == Replayed([.. shared, .. left]).Digest()
            && b.Digest() == Replayed([.. shared, .. right]).Digest()
            && b.StateEquals(Replayed([.. shared, .. right]))
            && c.Digest() == atFork;
    }

    [Fact]
    public void ForkOfAFork_IsAsIndependent()
    {
        var a = SmallBfcl.World();
        var b = a.Fork();
        b.Execute("touch(file_name='b')");
        var c = b.Fork();
        c.Execute("echo(content='c', file_name='b')");

        Assert.Equal("""{"file_content": ""}""", b.Execute("cat(file_name='b')").Text);
        Assert.Equal("""{"file_content": "c"}""", c.Execute("cat(file_name='b')").Text);
        Assert.Equal("""{"current_directory_content": ["a.txt", "d"]}""", a.Execute("ls()").Text);
    }

    [Fact]
    public void ConstantsOfLongContext_CannotBeChangedByAnExpression()
    {
        var world = SmallBfcl.World(longContext: true);
        world.Execute("trading_login(username='a', password='b')");

        world.Execute("get_stock_info(symbol='ACM')['MA(5)'].append(9)");

        Assert.Contains("\"MA(5)\": [1.5, 2.5]", SmallBfcl.World(longContext: true).Execute("get_stock_info(symbol='ACM')").Text, StringComparison.Ordinal);
        Assert.Equal("['ACM', 'ONE', 'TWO', Ellipsis]", world.Execute("get_watchlist()").Text);
    }

    private static BfclWorld Replayed(string[] calls)
    {
        var world = SmallBfcl.World();
        Play(world, calls);
        return world;
    }

    private static void Play(BfclWorld world, string[] calls)
    {
        foreach (var call in calls)
            world.Execute(call);
    }
}
