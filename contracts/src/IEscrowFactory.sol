// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Terms} from "./IEscrow.sol";

/// @title Makes escrows, at addresses that follow from their terms
/// @notice Has no owner, no fee and no switch.
interface IEscrowFactory {
    /// An escrow has been made. `token` is zero for the chain's own coin; `deadline` is in seconds of Unix time.
    event EscrowCreated(
        address indexed escrow,
        bytes32 indexed orderId,
        address indexed buyer,
        address seller,
        address arbiter,
        address token,
        uint256 amount,
        uint64 deadline
    );
    /// The seller of this escrow delivers against payment. Follows its `EscrowCreated`.
    event DeliveryAgreed(address indexed escrow, address indexed token, uint256 amount);

    /// The same creator has already made an escrow with the same terms.
    error EscrowExists(address escrow);
    /// The buyer and the seller are not two accounts.
    error InvalidParties();
    /// The arbiter is a party.
    error InvalidArbiter();
    /// There is no such token.
    error InvalidToken(address token);
    /// Nothing would be paid.
    error InvalidAmount();
    /// The deadline has passed.
    error InvalidDeadline(uint64 deadline);
    /// The delivery has a token without an amount or an amount without a token, or is in the currency of the payment.
    error InvalidDelivery();

    /// @notice Makes an escrow. Callable by anybody: it binds nobody, until its buyer pays in.
    /// @return escrow Its address, which `addressOf` tells beforehand.
    function create(Terms calldata terms) external returns (address escrow);

    /// @notice The address of the escrow with these terms that this creator makes, or has made, on this chain.
    /// @dev A buyer who computes it from the terms that they have agreed to cannot be led to another escrow.
    function addressOf(Terms calldata terms, address creator) external view returns (address);
}
