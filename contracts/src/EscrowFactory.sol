// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Clones} from "@openzeppelin/contracts/proxy/Clones.sol";

import {Escrow} from "./Escrow.sol";
import {Terms} from "./IEscrow.sol";
import {IEscrowFactory} from "./IEscrowFactory.sol";

/// @title The factory
/// @notice See `IEscrowFactory`.
contract EscrowFactory is IEscrowFactory {
    /// The code of all escrows.
    address public immutable IMPLEMENTATION = address(new Escrow());

    /// @inheritdoc IEscrowFactory
    function create(Terms calldata terms) external returns (address escrow) {
        _check(terms);
        address promised = addressOf(terms, msg.sender);
        require(promised.code.length == 0, EscrowExists(promised));
        escrow = Clones.cloneDeterministicWithImmutableArgs(IMPLEMENTATION, abi.encode(terms), _salt(msg.sender));
        emit EscrowCreated(
            escrow,
            terms.orderId,
            terms.buyer,
            terms.seller,
            terms.arbiter,
            terms.token,
            terms.amount,
            terms.deadline
        );
        if (terms.deliveryToken != address(0)) {
            emit DeliveryAgreed(escrow, terms.deliveryToken, terms.deliveryAmount);
        }
    }

    /// @inheritdoc IEscrowFactory
    function addressOf(Terms calldata terms, address creator) public view returns (address) {
        return Clones.predictDeterministicAddressWithImmutableArgs(IMPLEMENTATION, abi.encode(terms), _salt(creator));
    }

    /// The order and all other terms are part of the code, and so of the address already. Nobody else can take the address of a
    /// creator, and the same terms on another chain have another address.
    function _salt(address creator) private view returns (bytes32) {
        return keccak256(abi.encode(creator, block.chainid));
    }

    function _check(Terms calldata terms) private view {
        bool two = terms.buyer != address(0) && terms.seller != address(0) && terms.buyer != terms.seller;
        require(two, InvalidParties());
        require(terms.arbiter != terms.buyer && terms.arbiter != terms.seller, InvalidArbiter());
        require(terms.token == address(0) || terms.token.code.length != 0, InvalidToken(terms.token));
        require(terms.amount != 0, InvalidAmount());
        require(terms.deadline > block.timestamp, InvalidDeadline(terms.deadline));
        bool delivers = terms.deliveryToken != address(0);
        require(delivers == (terms.deliveryAmount != 0), InvalidDelivery());
        if (delivers) {
            require(terms.deliveryToken != terms.token, InvalidDelivery());
            require(terms.deliveryToken.code.length != 0, InvalidToken(terms.deliveryToken));
        }
    }
}
