import CStrowger
import Testing

extension Embedded {
  /// Offers and answers for hosts with a SIP stack of their own.
  @Suite struct Negotiating {
    @Test("MOD-3: a host's phones are told of each other, and both sides hear when they are joined")
    func call() throws {
      let board = try Switchboard()
      let legs = try board.talk()
      #expect(board.office.state().contains("\"findings\": []"))
      board.tell(STROWGER_EVENT_RELEASED, legs.caller)
      #expect(board.say(STROWGER_SESSION_CLOSE, legs.caller) == STROWGER_OK)
      #expect(board.say(STROWGER_SESSION_REINVITE, legs.callee, sdp: Switchboard.sdp(2)) == STROWGER_GONE)
    }

    @Test("MOD-3: who is put on hold is told so, the holder gets its answer, and both talk again after the resume")
    func hold() throws {
      let board = try Switchboard()
      let (caller, callee) = try board.talk()
      board.now += 1_000_000
      #expect(board.say(STROWGER_SESSION_REINVITE, caller, sdp: Switchboard.sdp(1, "sendonly", version: 2)) == STROWGER_OK)
      let held = try #require(board.look(STROWGER_SESSION_DO_REINVITE, callee))
      #expect(held.sdp.contains("a=inactive"))
      let answer = try #require(board.look(STROWGER_SESSION_DO_ACCEPT, caller))
      #expect(answer.sdp.contains("a=recvonly") || answer.sdp.contains("a=inactive"))
      #expect(board.say(STROWGER_SESSION_ACK, caller) == STROWGER_OK)
      #expect(board.say(STROWGER_SESSION_ACCEPTED, callee, sdp: Switchboard.sdp(2, "inactive", version: 2)) == STROWGER_OK)
      board.sent.removeAll()

      board.now += 1_000_000
      #expect(board.say(STROWGER_SESSION_REINVITE, caller, sdp: Switchboard.sdp(1, version: 3)) == STROWGER_OK)
      let back = try #require(board.look(STROWGER_SESSION_DO_REINVITE, callee))
      #expect(back.sdp.contains("192.0.2.1\r\n") && !back.sdp.contains("a=inactive"))
      #expect(board.say(STROWGER_SESSION_ACCEPTED, callee, sdp: Switchboard.sdp(2, version: 3)) == STROWGER_OK)
      let accepted = try #require(board.look(STROWGER_SESSION_DO_ACCEPT, caller))
      #expect(accepted.sdp.contains("192.0.2.2\r\n") && !accepted.sdp.contains("a=inactive"))
    }

    @Test(
      "PARK-1, MOD-3: a parked party gets a re-INVITE with whoever fetches it, and that one is answered with the party's description"
    )
    func park() throws {
      let board = try Switchboard()
      let (caller, callee) = try board.talk()
      board.now += 1_000_000
      #expect(board.say(STROWGER_SESSION_REINVITE, caller, sdp: Switchboard.sdp(1, "sendonly", version: 2)) == STROWGER_OK)
      #expect(board.say(STROWGER_SESSION_ACK, caller) == STROWGER_OK)
      #expect(board.say(STROWGER_SESSION_ACCEPTED, callee, sdp: Switchboard.sdp(2, "inactive", version: 2)) == STROWGER_OK)
      _ = try board.call("11", from: "2001", sdp: Switchboard.sdp(1))
      board.sent.removeAll()

      let fetcher = try board.call("122001", from: "2003", sdp: Switchboard.sdp(3))
      let reinvite = try #require(board.look(STROWGER_SESSION_DO_REINVITE, callee))
      #expect(reinvite.sdp.contains("192.0.2.3\r\n") && reinvite.sdp.contains("m=audio 403 "))
      #expect(board.say(STROWGER_SESSION_ACCEPTED, callee, sdp: Switchboard.sdp(2, version: 3)) == STROWGER_OK)
      let accept = try #require(board.look(STROWGER_SESSION_DO_ACCEPT, fetcher))
      #expect(accept.sdp.contains("192.0.2.2\r\n"))
      #expect(board.look(STROWGER_SESSION_DO_JOINED, fetcher) != nil && board.look(STROWGER_SESSION_DO_JOINED, callee) != nil)
    }

    @Test("MOD-3: a description that cannot be used is refused with its reason, and the leg has no session")
    func descriptions() throws {
      let board = try Switchboard(channels: 4)
      let good = Switchboard.sdp(1)
      for (sdp, result) in [
        ("hello", STROWGER_SDP_MALFORMED), (good.replacing("401 RTP", "70000 RTP"), STROWGER_SDP_NUMBER),
        (good + String(repeating: "a=x\r\n", count: 12_000), STROWGER_SDP_TOO_LARGE),
        (good.replacing("c=IN IP4 192.0.2.1", "c=IN IP4 224.0.0.1"), STROWGER_SDP_ADDRESS),
        (good.replacing("RTP/AVP", "RTP/SAVP"), STROWGER_SDP_KEY),
        (
          good.replacing("RTP/AVP", "RTP/SAVP")
            + "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\r\n", STROWGER_SDP_PROTECTION
        ),
      ] {
        var leg: strowger_leg = 0
        #expect(strowger_reserve_leg(board.office.exchange, &leg) == STROWGER_OK)
        #expect(board.at("192.0.2.254", STROWGER_SESSION_INCOMING, leg, sdp: sdp) == result)
        #expect(board.at("192.0.2.254", STROWGER_SESSION_INCOMING, leg, sdp: good) == STROWGER_OK)
        #expect(board.at("192.0.2.254", STROWGER_SESSION_INCOMING, leg, sdp: good) == STROWGER_LEG)
      }
    }

    @Test("MOD-3: sessions of legs that are not there, kinds, addresses and numbers that mean nothing are refused")
    func misuse() throws {
      let board = try Switchboard()
      #expect(board.at("192.0.2.254", STROWGER_SESSION_INCOMING, 77, sdp: nil) == STROWGER_LEG)
      #expect(board.say(STROWGER_SESSION_GOAL, 77) == STROWGER_GONE)
      var leg: strowger_leg = 0
      #expect(strowger_reserve_leg(board.office.exchange, &leg) == STROWGER_OK)
      #expect(board.at("somewhere", STROWGER_SESSION_INCOMING, leg, sdp: nil) == STROWGER_TEXT)
      #expect(board.say(STROWGER_SESSION_INCOMING, leg) == STROWGER_NULL)
      #expect(board.at("192.0.2.254", STROWGER_SESSION_INCOMING, leg, sdp: nil) == STROWGER_OK)
      #expect(board.say(99, leg) == STROWGER_KIND)
      for status in [0, 100, 200, 70_000] as [UInt32] {
        #expect(board.say(STROWGER_SESSION_PROVISIONAL, leg) { $0.status = status } == STROWGER_RANGE)
        #expect(board.say(STROWGER_SESSION_REFUSED, leg) { $0.status = status } == STROWGER_RANGE)
      }
      #expect(board.say(STROWGER_SESSION_GOAL, leg) { $0.goal.kind = 99 } == STROWGER_KIND)
      #expect(board.say(STROWGER_SESSION_OPENED, 0) { $0.port = 70_000 } == STROWGER_RANGE)
      #expect(board.say(STROWGER_SESSION_CLOSE, leg) == STROWGER_OK && board.say(STROWGER_SESSION_CLOSE, leg) == STROWGER_GONE)
      #expect(strowger_negotiate(board.office.exchange, nil, 0) == STROWGER_NULL)
      #expect(strowger_next_session_order(board.office.exchange, nil) == STROWGER_NULL)
    }

    @Test("MOD-3: a caller without an offer gets one with its 200, and its ACK brings the answer")
    func lateOffer() throws {
      let board = try Switchboard()
      let caller = try board.call("2002", from: "2001", sdp: nil)
      let invite = try #require(board.look(STROWGER_SESSION_DO_INVITE))
      #expect(invite.order.sdp == nil && invite.order.sdp_length == 0)
      #expect(board.say(STROWGER_SESSION_ACCEPTED, invite.leg, sdp: Switchboard.sdp(2)) == STROWGER_OK)
      board.tell(STROWGER_EVENT_ANSWERED, invite.leg)
      let accept = try #require(board.look(STROWGER_SESSION_DO_ACCEPT, caller))
      #expect(accept.sdp.contains("192.0.2.2\r\n") && board.look(STROWGER_SESSION_DO_ACK, invite.leg) == nil)
      #expect(board.say(STROWGER_SESSION_ACK, caller, sdp: Switchboard.sdp(1)) == STROWGER_OK)
      let ack = try #require(board.look(STROWGER_SESSION_DO_ACK, invite.leg))
      #expect(ack.sdp.contains("192.0.2.1\r\n"))
      #expect(board.look(STROWGER_SESSION_DO_JOINED, caller) != nil)
    }

    @Test("MOD-3: a host that reads no session orders is stopped before memory grows without end")
    func unread() throws {
      let board = try Switchboard()
      let office = board.office.exchange
      var leg: strowger_leg = 0
      #expect(strowger_reserve_leg(office, &leg) == STROWGER_OK)
      #expect(board.at("192.0.2.254", STROWGER_SESSION_INCOMING, leg, sdp: Switchboard.sdp(1)) == STROWGER_OK)
      var event = strowger_session_event()
      event.size = UInt32(MemoryLayout<strowger_session_event>.size)
      event.kind = STROWGER_SESSION_REINVITE
      event.leg = leg
      var result = STROWGER_OK
      var turns = 0
      while result == STROWGER_OK, turns < 200_000 {
        result = strowger_negotiate(office, &event, 0)
        turns += 1
      }
      #expect(result == STROWGER_UNREAD_FULL && strowger_fire(office, 0) == STROWGER_UNREAD_FULL)
      var order = strowger_session_order()
      order.size = UInt32(MemoryLayout<strowger_session_order>.size)
      while strowger_next_session_order(office, &order) == STROWGER_OK { #expect(order.kind == STROWGER_SESSION_DO_REFUSE) }
      #expect(strowger_negotiate(office, &event, 0) == STROWGER_OK)
    }

    @Test("MOD-3: an exchange of the first interface's options has no media server, and goes on as ever")
    func oldOptions() throws {
      var options = strowger_options()
      options.size = 24
      let office = try Office(options: options)
      _ = office.dial("2002", from: "2001")
      #expect(office.directives().contains { $0.kind == STROWGER_DIRECTIVE_ALERT })
    }

    @Test("CONF-1, MOD-3: with a media server of the host, all in a room get its ports and are fed the room")
    func room() throws {
      let board = try Switchboard(channels: 8)
      let (caller, callee) = try board.talk()
      board.now += 1_000_000
      #expect(
        board.say(STROWGER_SESSION_GOAL, callee) { $0.goal = strowger_goal(kind: STROWGER_GOAL_ROOM, value: 3, leg: 0) } == 0)
      let open = try #require(board.look(STROWGER_SESSION_DO_OPEN))
      let opened = board.say(STROWGER_SESSION_OPENED, 0) {
        $0.channel = open.order.channel
        $0.port = 40_000
      }
      #expect(opened == STROWGER_OK)
      let reinvite = try #require(board.look(STROWGER_SESSION_DO_REINVITE, callee))
      #expect(reinvite.sdp.contains("c=IN IP4 192.0.2.254") && reinvite.sdp.contains("m=audio 40000 "))
      #expect(board.say(STROWGER_SESSION_ACCEPTED, callee, sdp: Switchboard.sdp(2, version: 2)) == STROWGER_OK)
      let aim = try #require(board.look(STROWGER_SESSION_DO_AIM))
      #expect(aim.order.port == 402 && aim.order.sends == 1 && aim.order.receives == 1 && aim.order.format_count == 2)
      var feeds: [strowger_goal] = []
      while let feed = board.look(STROWGER_SESSION_DO_FEED) { feeds.append(feed.order.feed) }
      #expect(feeds.last?.kind == STROWGER_GOAL_ROOM && feeds.last?.value == 3)
      #expect(board.say(STROWGER_SESSION_CLOSE, callee) == STROWGER_OK)
      #expect(board.look(STROWGER_SESSION_DO_SHUT)?.order.channel == open.order.channel && caller != 0)
    }
  }
}
