// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Clones} from "@openzeppelin/contracts/proxy/Clones.sol";

import {IEscrow, Terms} from "../../src/IEscrow.sol";
import {Token} from "./Tokens.sol";

/// A party that is a contract. Does what it is told, and may refuse coins or call somebody when it receives them.
contract Actor {
    /// What came of something that it was told to do.
    event Acted(bool success, bytes result);

    bool public refusing;
    address private _target;
    bytes private _call;
    bytes public outcome;

    receive() external payable {
        require(!refusing, "no coins, please");
        address target = _target;
        if (target != address(0)) {
            _target = address(0);
            (, outcome) = target.call(_call);
        }
    }

    /// Does it, and reports how it went instead of failing.
    function act(address target, bytes calldata call) external payable {
        (bool success, bytes memory result) = target.call{value: msg.value}(call);
        emit Acted(success, result);
    }

    function refuse(bool value) external {
        refusing = value;
    }

    function attack(address target, bytes calldata call) external {
        (_target, _call) = (target, call);
    }
}

/// Makes many copies at once of what needs no construction.
contract Cradle {
    event Born(address[] copies);

    function copy(address[] calldata originals) external {
        address[] memory copies = new address[](originals.length);
        for (uint256 i = 0; i < originals.length; i++) {
            copies[i] = Clones.clone(originals[i]);
        }
        emit Born(copies);
    }
}

/// Reads many balances at once.
contract Probe {
    /// What each account has of each token; zero stands for coins.
    function balances(address[] calldata tokens, address[] calldata accounts) external view returns (uint256[] memory all) {
        all = new uint256[](tokens.length);
        for (uint256 i = 0; i < tokens.length; i++) {
            address token = tokens[i];
            all[i] = token == address(0) ? accounts[i].balance : Token(token).balanceOf(accounts[i]);
        }
    }

    /// Of each escrow: its state, what it holds, what is due to the buyer, and what to the seller.
    function escrows(IEscrow[] calldata escrows_) external view returns (uint256[4][] memory all) {
        all = new uint256[4][](escrows_.length);
        for (uint256 i = 0; i < escrows_.length; i++) {
            IEscrow escrow = escrows_[i];
            Terms memory terms = escrow.terms();
            all[i] = [uint256(escrow.state()), escrow.held(), escrow.due(terms.buyer), escrow.due(terms.seller)];
        }
    }
}

/// Sends coins to an address that does not want them.
contract Forcer {
    constructor(address payable to) payable {
        selfdestruct(to);
    }
}
